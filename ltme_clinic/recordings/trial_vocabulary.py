"""The words that laboratories use of a trial: what was done, worn and leant on, and the "no" beside it.

English, German, French, Spanish and Dutch, in small letters and without accents; the words of one phrase are separated
by spaces.
"""

from __future__ import annotations

from typing import Literal

SIDES: dict[str, tuple[str, ...]] = {
    "left": ("left", "l", "lt", "li", "links", "linker", "linke", "gauche", "izquierda", "izquierdo", "izq"),
    "right": ("right", "r", "rt", "re", "rechts", "rechter", "rechte", "droite", "droit", "derecha", "derecho"),
    "both": ("both", "bilateral", "bilat", "bil", "bds", "beidseits", "beide", "ambos", "bilaterales"),
}
SIDE_OF = {word: side for side, words in SIDES.items() for word in words}

_OPERATED = (
    *("operated", "operated side", "operated leg", "operated limb", "op side", "side operated", "surgery side"),
    *("operiert", "operierte seite", "op seite", "operierte", "opere", "operee", "cote opere"),
    *("operado", "operada", "lado operado", "geopereerd", "geopereerde zijde"),
)

PHRASES: dict[str, dict[str, tuple[str, ...]]] = {
    "kind": {
        "static": (
            *("static", "stat", "statics", "statisch", "statische", "statique", "estatico", "estatica", "statik"),
            *("cal", "calib", "calibration", "kalibrierung", "calibracion", "kalibratie", "calibrage"),
            *("tpose", "t pose", "apose", "a pose", "npose", "n pose", "upright standing", "quiet standing"),
        ),
        "walk": (
            *("walk", "walks", "walking", "gait", "overground", "treadmill", "levelwalk", "gang", "gehen", "laufband"),
            *("marche", "marcha", "caminar", "caminata", "lopen", "gaan", "tapis roulant"),
        ),
        "range_of_motion": (
            *("rom", "prom", "arom", "range of motion", "bewegungsumfang", "amplitude articulaire"),
            *("rango de movimiento", "bewegingsuitslag"),
        ),
        "exercise": (
            *("squat", "squats", "squatting", "kniebeuge", "kniebeugen", "lunge", "lunges", "sts", "sit to stand"),
            *("sit 2 stand", "sittostand", "chair rise", "chairrise", "jump", "jumps", "jumping", "cmj", "hop", "hops"),
            *("landing", "cutting", "jog", "jogging", "running", "heel rise", "heelrise", "stepdown", "step down"),
            *("stairs", "stair", "treppe", "escalier", "escaleras", "tug", "timed up and go", "balance"),
            *("sentadilla", "sentadillas", "sprung", "saut", "salto"),
        ),
    },
    "footwear": {
        "barefoot": (
            *("barefoot", "barefeet", "barefooted", "bare foot", "bare feet", "bf", "shoeless", "unshod"),
            *("barfuss", "pieds nus", "pieds nu", "pied nu", "nu pieds"),
            *("descalzo", "descalza", "pies descalzos", "blootsvoets", "blote voeten"),
        ),
        "shoes": (
            *("shoes", "shoe", "shod", "sh", "trainers", "sneakers", "schuhe", "schuh", "schuhen"),
            *("chaussures", "chaussure", "chausse", "chaussee", "zapatos", "zapato", "zapatillas", "calzado"),
            *("schoenen", "schoen"),
        ),
        "socks": ("socks", "socken", "chaussettes", "calcetines", "sokken"),
    },
    "orthosis": {
        "AFO": ("afo", "afos", "ankle foot orthosis", "ankle foot orthoses", "unterschenkelorthese"),
        "KAFO": ("kafo", "kafos"),
        "HKAFO": ("hkafo", "hkafos"),
        "DAFO": ("dafo", "dafos"),
        "SAFO": ("safo", "safos"),
        "GRAFO": ("grafo", "grafos", "frafo", "frafos"),
        "SMO": ("smo", "smos"),
        "FES": ("fes",),
        "insoles": ("insoles", "insole", "einlagen", "semelles", "plantillas", "steunzolen"),
        "brace": ("brace", "braces", "knee brace"),
        "prosthesis": ("prosthesis", "prosthetic", "prothese", "protesis"),
        "orthosis": (
            *("orthosis", "orthoses", "orthose", "orthese", "orthesen", "ortheses", "ortesis", "splint", "splints"),
            *("schiene", "schienen", "attelle", "attelles", "ferula", "ferulas", "spalk", "spalken"),
        ),
    },
    "aid": {
        "cane": (
            *("cane", "canes", "walking stick", "walking sticks", "gehstock", "stock", "canne", "cannes"),
            *("baston", "bastones", "wandelstok", "wandelstokken"),
        ),
        "quad cane": ("quad cane", "quadcane", "tripod cane", "canne tripode", "canne quadripode"),
        "crutches": (
            *("crutch", "crutches", "kruecken", "krucken", "kruecke", "krucke", "unterarmgehstutzen", "gehstutzen"),
            *("unterarmgehstuetzen", "gehstuetzen", "bequille", "bequilles", "canne anglaise", "cannes anglaises"),
            *("muleta", "muletas", "baston ingles", "bastones ingleses", "kruk", "krukken"),
        ),
        "walker": (
            *("walker", "walkers", "rollator", "rolator", "walking frame", "zimmer frame", "gehwagen", "gehgestell"),
            *("posterior walker", "reverse walker", "deambulateur", "andador", "looprek"),
        ),
        "poles": ("walking poles", "nordic poles"),
    },
    "assistance": {
        "hand held": ("hand held", "handheld", "hha", "hand held assist", "hand held assistance", "an der hand"),
        "assisted": ("assisted", "assistance", "with assistance", "mit hilfe", "avec aide", "asistido"),
        "body weight support": ("body weight support", "bodyweight support", "bwsts", "bws"),
        "independent": ("unassisted", "unaided", "selbststandig"),
    },
    "medication": {
        "": ("med", "meds", "medication", "medikation", "dopa", "ldopa", "l dopa", "levodopa"),
        "on": ("medon", "medson", "onmed", "onmeds"),
        "off": ("medoff", "medsoff", "offmed", "offmeds"),
    },
    "operated_side": {
        side: tuple(phrase for said in _OPERATED for name in names for phrase in (f"{said} {name}", f"{name} {said}"))
        for side, names in SIDES.items()
    },
    # Things that may be off or absent too: a small word beside one of them belongs to it.
    "nothing": {
        "": (
            *("dbs", "stim", "stimulation", "stimulator", "eyes", "light", "lights", "vision", "music", "harness"),
            *("belt", "gurt", "camera", "cameras", "plate", "plates", "emg", "axis", "pain"),
            *("off axis", "on axis", "off track", "on track", "dual task", "markers"),
        ),
    },
}

Place = Literal["before", "after", "either"]
Sense = Literal["yes", "no", "unclear"]

# (where it stands beside its word, what it says of it) -> the small words.
SMALL_WORDS: dict[tuple[Place, Sense], tuple[str, ...]] = {
    ("before", "no"): (
        *("no", "non", "not", "without", "wo", "w o", "w out", "neither", "nor", "never", "no more", "no longer"),
        *("ohne", "kein", "keine", "keinen", "keinem", "nicht", "sans", "pas de", "pas d", "aucun", "aucune", "ni"),
        *("sin", "ningun", "ninguna", "zonder", "geen", "niet", "senza"),
    ),
    ("after", "no"): (
        *("off", "none", "nil", "doffed", "taken off", "took off", "not on", "not worn"),
        *("nicht an", "not used", "not needed", "not wearing"),
        *("not using", "aus", "ausgezogen", "abgelegt", "weg", "uit", "keines", "pas", "absent"),
    ),
    ("either", "no"): (
        *("removed", "removing", "refused", "refuses", "refusing", "declined", "declines", "verweigert", "entfernt"),
        *("refuse", "enleve", "enlevee", "enleves", "enlevees", "retire", "retirees", "quitado", "quitada", "retirado"),
        *("verwijderd", "weigert"),
    ),
    ("before", "yes"): ("with", "w", "wearing", "mit", "avec", "con", "met"),
    ("after", "yes"): ("on", "worn", "an"),
    ("after", "unclear"): ("not off", "on off", "off on"),
    ("before", "unclear"): (
        *("before", "after", "vor", "nach", "avant", "apres", "antes", "despues", "voor", "na"),
        *("instead", "to be", "pre", "post", "until", "maybe", "perhaps"),
    ),
}
NOT_WORDS = frozenset({"not", "no", "never", "nicht", "niet", "non", "pas"})
"""Before a "with" they deny; "without" beside it means both."""
ONLY_OF_AIDS = frozenset({"pre", "post"})
"""Before what is worn on the foot they mean the visit; before an orthosis or an aid they may mean either."""
OR_WORDS = frozenset({"or", "vs", "versus", "oder", "ou", "o"})
AND_WORDS = frozenset({"and", "und", "et", "y", "en"})
FILLERS = frozenset(
    {
        *("a", "the", "his", "her", "their", "any", "all", "own", "was", "were", "is", "are", "be", "of", "patient"),
        *("wear", "wears", "use", "uses", "using", "put", "side", "seite", "cote", "der", "die", "das", "den", "dem"),
        *("seine", "ihre", "le", "la", "les", "des", "du", "de", "d", "el", "los", "las", "su", "het", "zijn"),
    }
)
NO_PLAIN_WORDS = frozenset(
    {
        *("unable", "cannot", "cant", "impossible", "unless", "except", "if", "usually", "normally"),
        *(
            "forgot",
            "forgotten",
            "broken",
            "lost",
            "unmoglich",
            "unfahig",
            "incapable",
            "incapaz",
            "normalerweise",
            "vergessen",
            "oublie",
        ),
    }
)
"""A text with one of these tells a story, of which words alone can't be taken."""
OF_A_TURN = frozenset(
    {"turn", "turns", "turning", "strike", "step", "steps", "plate", "fp", "contact", "first", "lead", "wende"}
)
"""What a side may belong to instead: "AFO left turn"."""
AGAIN = frozenset({"test", "tests", "do", "take", "run", "check", "trial", "peat", "evaluation", "visit", "start"})
"""After "re" these say "again" and not "rechts"."""

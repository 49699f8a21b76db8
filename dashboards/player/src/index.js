// The Streamlit component: one player a host element, kept while the same clip is shown.
import { readClip } from "./clip.js";
import { Player } from "./player.js";
import style from "./player.css";

const players = new WeakMap(); // host element -> { player, id, seek, leaving }

function addStyle(host) {
  if (host.querySelector("style[data-player]")) return;
  const sheet = document.createElement("style");
  sheet.dataset.player = "";
  sheet.textContent = style;
  host.appendChild(sheet);
}

export default function motionPlayer({ data, parentElement: host }) {
  if (!(data instanceof Uint8Array) || data.byteLength < 4) return undefined;
  const clip = readClip(data);
  let shown = players.get(host);
  clearTimeout(shown?.leaving);
  if (shown?.id !== clip.id) {
    shown?.player.dispose();
    addStyle(host);
    shown = { id: clip.id, seek: clip.seek_s, player: new Player(host, clip) };
    players.set(host, shown);
  } else if (shown.seek !== clip.seek_s) {
    shown.seek = clip.seek_s;
    if (clip.seek_s !== null) shown.player.seek(clip.seek_s);
  }
  return () => leave(host, shown);
}

// Streamlit cleans up before every redraw as well as at the end: a redraw that comes at once keeps the player running.
function leave(host, shown) {
  shown.leaving = setTimeout(() => {
    shown.player.dispose();
    if (players.get(host) === shown) players.delete(host);
  }, 400);
}

// Time, controls and keyboard around one drawing of a clip.
import { Body, Path } from "./clip.js";
import * as look from "./look.js";
import { Scene2D } from "./scene2d.js";
import { Scene3D } from "./scene3d.js";

const SPEEDS = [0.25, 0.5, 1, 2];
const PLAY_ICON = '<svg viewBox="0 0 16 16" aria-hidden="true"><path d="M3 1.5v13l11-6.5z"/></svg>';
const PAUSE_ICON = '<svg viewBox="0 0 16 16" aria-hidden="true"><path d="M3 2h3.6v12H3zM9.4 2H13v12H9.4z"/></svg>';

function element(tag, className, text = "", attributes = {}) {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

// Asked on a canvas of its own: one that was refused WebGL can't be used flat either.
function hasWebGL() {
  const context = document.createElement("canvas").getContext("webgl2");
  context?.getExtension("WEBGL_lose_context")?.loseContext();
  return context !== null;
}

export class Player {
  constructor(host, clip) {
    this.clip = clip;
    this.frame = 0;
    this.speed = 1;
    this.playing = false;
    this.stopped = new AbortController();
    this.root = element("div", "player", "", { tabindex: "0", role: "group", "aria-label": `3D player: ${clip.title}` });
    this.#buildStage();
    this.#buildBar();
    this.#buildTools();
    host.appendChild(this.root);
    this.scene = this.#makeScene();
    this.#listen();
    this.seek(clip.seek_s ?? clip.start_s);
  }

  // Pictures first: a browser that can't do WebGL gets the flat drawing and is told so.
  #makeScene() {
    const body = new Body(this.clip, this.clip.body);
    const reference = this.clip.reference ? new Body(this.clip, this.clip.reference) : null;
    const path = new Path(this.clip);
    const Drawing = hasWebGL() ? Scene3D : Scene2D;
    const scene = new Drawing(this.canvas, this.clip, body, path, reference);
    if (Drawing === Scene2D) this.note.textContent = "Flat drawing: this browser has no 3D graphics (WebGL).";
    this.root.dataset.drawing = Drawing === Scene3D ? "3d" : "2d";
    scene.onOrbit(() => this.#drawSoon());
    return scene;
  }

  #buildStage() {
    this.stage = element("div", "stage");
    this.stage.style.height = `${this.clip.height_px}px`;
    this.canvas = element("canvas", "picture");
    this.note = element("div", "note");
    const legend = element("div", "legend");
    for (const [side, words] of [["left", "Left"], ["right", "Right"], ["middle", "Middle"]]) {
      const entry = element("span", "entry", words);
      entry.style.setProperty("--dot", look.COLOURS[side]);
      legend.append(entry);
    }
    if (this.clip.reference) {
      const entry = element("span", "entry", this.clip.reference.label);
      entry.style.setProperty("--dot", look.COLOURS.reference);
      legend.append(entry);
    }
    this.stage.append(this.canvas, legend, this.note);
    if (this.clip.origin !== "measured") {
      this.stage.append(element("div", "watermark", "SYNTHETIC"));
    }
    this.root.append(this.stage);
  }

  #buildBar() {
    const bar = element("div", "bar");
    this.button = element("button", "play", "", { type: "button", title: "Play or pause (space)" });
    const track = element("div", "track");
    this.scrub = element("input", "scrub", "", {
      type: "range", min: "0", max: String(this.clip.frames - 1), step: "any", value: "0", "aria-label": "Time in the recording",
    });
    for (const { start_s, stop_s, label } of this.clip.intervals) {
      const mark = element("div", "interval", "", { title: `${label} ${start_s.toFixed(1)} to ${stop_s.toFixed(1)} s` });
      const [start, stop] = [start_s, stop_s].map((time_s) => this.#share(time_s));
      mark.style.left = `${100 * start}%`;
      mark.style.width = `${100 * (stop - start)}%`;
      track.append(mark);
    }
    track.append(this.scrub);
    this.readout = element("output", "readout", "", { "aria-live": "off" });
    bar.append(this.button, track, this.readout);
    this.root.append(bar);
  }

  #buildTools() {
    const tools = element("div", "tools");
    const views = element("div", "views", "", { role: "group", "aria-label": "Camera" });
    this.viewButtons = Object.entries(look.VIEWS).map(([name, { label }]) => {
      const button = element("button", "view", label, { type: "button", "data-view": name });
      views.append(button);
      return button;
    });
    const follow = element("label", "follow");
    this.followBox = element("input", "", "", { type: "checkbox", title: "The camera goes along; off, it stands in the room" });
    this.followBox.checked = true;
    follow.append(this.followBox, element("span", "", "Follow"));
    const speed = element("label", "speed");
    this.speedChoice = element("select", "", "", { "aria-label": "Playing speed" });
    for (const value of SPEEDS) {
      const option = element("option", "", `${value}× speed`, { value: String(value) });
      option.selected = value === 1;
      this.speedChoice.append(option);
    }
    speed.append(this.speedChoice);
    tools.append(views, follow, speed);
    this.root.append(tools);
  }

  #listen() {
    const options = { signal: this.stopped.signal };
    this.button.addEventListener("click", () => this.toggle(), options);
    this.scrub.addEventListener("input", () => this.#scrubbed(), options);
    this.followBox.addEventListener("change", () => this.#change(() => this.scene.setFollow(this.followBox.checked)), options);
    this.speedChoice.addEventListener("change", () => (this.speed = Number(this.speedChoice.value)), options);
    for (const button of this.viewButtons) {
      button.addEventListener("click", () => this.#change(() => this.scene.setView(button.dataset.view)), options);
    }
    this.root.addEventListener("keydown", (event) => this.#key(event), options);
    this.observer = new ResizeObserver(() => this.#resize());
    this.observer.observe(this.stage);
    this.#resize();
    this.#showView();
  }

  #key(event) {
    if (event.target === this.speedChoice) return;
    const onButton = event.target instanceof HTMLButtonElement || event.target === this.followBox;
    const step = event.shiftKey ? this.clip.rate_hz / 2 : 1;
    if (event.key === " " && !onButton) this.toggle();
    else if (event.key === "ArrowRight") this.#stepTo(this.frame + step);
    else if (event.key === "ArrowLeft") this.#stepTo(this.frame - step);
    else if (event.key === "Home") this.#stepTo(0);
    else if (event.key === "End") this.#stepTo(this.clip.frames - 1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #stepTo(frame) {
    this.pause();
    this.frame = Math.max(0, Math.min(this.clip.frames - 1, Math.round(frame)));
    this.#show();
  }

  #scrubbed() {
    this.frame = Number(this.scrub.value);
    this.#show();
  }

  #change(action) {
    action();
    this.#showView();
    this.#show();
  }

  #showView() {
    for (const button of this.viewButtons) {
      button.setAttribute("aria-pressed", String(button.dataset.view === this.scene.view));
    }
  }

  // The clock counts from the recording's first frame, as findings do; the clip may start later.
  #lastSecond() {
    return this.clip.start_s + Math.max(1, this.clip.frames - 1) / this.clip.rate_hz;
  }

  #share(time_s) {
    return Math.max(0, Math.min(1, (time_s - this.clip.start_s) / (this.#lastSecond() - this.clip.start_s)));
  }

  #resize() {
    const { clientWidth, clientHeight } = this.stage;
    if (!clientWidth || !clientHeight) return;
    this.scene.resize(clientWidth, clientHeight);
    this.#show();
  }

  #drawSoon() {
    if (this.playing || this.pending) return;
    this.pending = requestAnimationFrame(() => {
      this.pending = 0;
      this.#show();
    });
  }

  #show() {
    this.scene.draw(this.frame);
    this.scrub.value = String(this.frame);
    const [now, last] = [this.clip.start_s + this.frame / this.clip.rate_hz, this.#lastSecond()];
    this.readout.textContent = `${now.toFixed(2)} s of ${last.toFixed(2)} s`;
    this.root.dataset.time = now.toFixed(3);
    const label = this.playing ? "Pause" : "Play";
    if (this.button.getAttribute("aria-label") !== label) {
      this.button.setAttribute("aria-label", label);
      this.button.innerHTML = this.playing ? PAUSE_ICON : PLAY_ICON;
    }
  }

  #tick(now_ms) {
    if (!this.playing) return;
    const passed_s = Math.min(0.25, (now_ms - this.before_ms) / 1000);
    this.before_ms = now_ms;
    this.frame += passed_s * this.speed * this.clip.rate_hz;
    if (this.frame > this.clip.frames - 1) this.frame = 0; // it starts again, so that a gait can be watched for long
    this.#show();
    this.pending = requestAnimationFrame((time) => this.#tick(time));
  }

  seek(time_s) {
    this.#stepTo((time_s - this.clip.start_s) * this.clip.rate_hz);
  }

  toggle() {
    if (this.playing) this.pause();
    else this.play();
  }

  play() {
    this.playing = true;
    this.before_ms = performance.now();
    cancelAnimationFrame(this.pending);
    this.pending = requestAnimationFrame((time) => this.#tick(time));
    this.#show();
  }

  pause() {
    this.playing = false;
    cancelAnimationFrame(this.pending);
    this.pending = 0;
    this.#show();
  }

  dispose() {
    this.pause();
    this.stopped.abort();
    this.observer.disconnect();
    this.scene.dispose();
    this.root.remove();
  }
}

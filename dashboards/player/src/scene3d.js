// The body and the floor, drawn with WebGL.
import {
  AmbientLight,
  CircleGeometry,
  Color,
  CylinderGeometry,
  DirectionalLight,
  DynamicDrawUsage,
  Float32BufferAttribute,
  BufferGeometry,
  Fog,
  Group,
  InstancedMesh,
  Line,
  LineBasicMaterial,
  LineSegments,
  Matrix4,
  MeshBasicMaterial,
  MeshLambertMaterial,
  Object3D,
  PerspectiveCamera,
  Quaternion,
  Scene,
  SphereGeometry,
  Vector3,
  WebGLRenderer,
} from "three";
import { OrbitControls } from "three/examples/jsm/controls/OrbitControls.js";
import * as look from "./look.js";

Object3D.DEFAULT_UP.set(0, 0, 1);

const UP = new Vector3(0, 1, 0); // a cylinder's own axis in three.js
const HIDDEN = new Matrix4().makeScale(0, 0, 0);

// Markers, bones and their shadows of one body: three draw calls, whatever the number of markers.
class Figure {
  constructor(clip, body, colourOf, isReference) {
    this.body = body;
    this.slots = clip.slots;
    this.bones = clip.bones;
    this.points = new Float32Array(clip.slots.length * 3);
    this.seen = new Uint8Array(clip.slots.length);
    this.size = Math.min(1, Math.max(0.5, body.height() / 1.6)); // a child's or a half body's markers aren't boulders
    this.group = new Group();
    // The reference is drawn first and leaves no depth: the patient is never hidden by it.
    const solid = new MeshLambertMaterial({ depthWrite: !isReference });
    const shade = new MeshBasicMaterial({ color: "#3B4754", transparent: true, opacity: isReference ? 0.06 : 0.13, depthWrite: false });
    this.order = isReference ? -1 : 0;
    this.markers = this.#instances(new SphereGeometry(1, 16, 12), solid, this.slots.length);
    this.sticks = this.#instances(new CylinderGeometry(1, 1, 1, 10, 1, true), solid, this.bones.length);
    this.shadows = this.#instances(new CircleGeometry(1, 16), shade, this.slots.length);
    this.slots.forEach((slot, i) => this.markers.setColorAt(i, new Color(colourOf(look.sideOf(slot)))));
    this.bones.forEach(([a, b], i) =>
      this.sticks.setColorAt(i, new Color(colourOf(look.sideOfBone(this.slots[a], this.slots[b])))),
    );
  }

  #instances(geometry, material, count) {
    const mesh = new InstancedMesh(geometry, material, count);
    mesh.instanceMatrix.setUsage(DynamicDrawUsage);
    mesh.frustumCulled = false;
    mesh.renderOrder = this.order;
    this.group.add(mesh);
    return mesh;
  }

  show(frame) {
    this.body.at(frame, this.points, this.seen);
    this.#placeMarkers();
    this.#placeBones();
  }

  #placeMarkers() {
    const ball = new Matrix4();
    for (let i = 0; i < this.slots.length; i += 1) {
      const [x, y, z] = this.points.subarray(i * 3, i * 3 + 3);
      const r = this.size * look.markerRadius(this.slots[i]);
      this.markers.setMatrixAt(i, this.seen[i] ? ball.makeScale(r, r, r).setPosition(x, y, z) : HIDDEN);
      this.shadows.setMatrixAt(i, this.seen[i] ? ball.makeScale(2.2 * r, 2.2 * r, 1).setPosition(x, y, 0.003) : HIDDEN);
    }
    this.markers.instanceMatrix.needsUpdate = true;
    this.shadows.instanceMatrix.needsUpdate = true;
  }

  #placeBones() {
    const [from, to, along, middle, stick] = [new Vector3(), new Vector3(), new Vector3(), new Vector3(), new Matrix4()];
    const turn = new Quaternion();
    const thickness = this.size * look.BONE_RADIUS_M;
    this.bones.forEach(([a, b], i) => {
      if (!this.seen[a] || !this.seen[b]) return this.sticks.setMatrixAt(i, HIDDEN);
      from.fromArray(this.points, a * 3);
      to.fromArray(this.points, b * 3);
      along.subVectors(to, from);
      const length = along.length();
      if (length < 1e-6) return this.sticks.setMatrixAt(i, HIDDEN);
      turn.setFromUnitVectors(UP, along.divideScalar(length));
      middle.addVectors(from, to).multiplyScalar(0.5);
      stick.compose(middle, turn, new Vector3(thickness, length, thickness));
      return this.sticks.setMatrixAt(i, stick);
    });
    this.sticks.instanceMatrix.needsUpdate = true;
  }
}

// A square floor grid of short pieces: software renderers lose a line whose far end lies behind the camera.
function gridLines(spacing, half, colour) {
  const points = [];
  for (let across = -half; across <= half; across += spacing) {
    for (let along = -half; along < half; along += 1) {
      points.push(across, along, 0, across, along + 1, 0, along, across, 0, along + 1, across, 0);
    }
  }
  const geometry = new BufferGeometry();
  geometry.setAttribute("position", new Float32BufferAttribute(points, 3));
  return new LineSegments(geometry, new LineBasicMaterial({ color: colour }));
}

export class Scene3D {
  // Needs WebGL: without it the caller chooses Scene2D.
  constructor(canvas, clip, body, path, reference) {
    this.renderer = new WebGLRenderer({ canvas, antialias: true, preserveDrawingBuffer: true });
    this.renderer.setClearColor(look.BACKGROUND);
    this.path = path;
    this.height_m = body.height();
    this.follow = true;
    this.scene = new Scene();
    this.scene.fog = new Fog(look.BACKGROUND, 7, 16);
    this.scene.add(new AmbientLight("#ffffff", 1.9));
    this.sun = new DirectionalLight("#ffffff", 1.6);
    this.scene.add(this.sun);
    this.walker = new Group();
    this.figures = [new Figure(clip, body, (side) => look.COLOURS[side], false)];
    if (reference) this.figures.unshift(new Figure(clip, reference, () => look.COLOURS.reference, true));
    this.figures.forEach((figure) => this.walker.add(figure.group));
    this.scene.add(this.walker);
    this.floor = this.#makeFloor();
    this.scene.add(this.floor);
    this.camera = new PerspectiveCamera(32, 1, 0.05, 60);
    this.orbit = new OrbitControls(this.camera, canvas);
    this.orbit.enableDamping = false;
    this.orbit.minDistance = 0.6;
    this.orbit.maxDistance = 14;
    this.setView(clip.view);
  }

  #makeFloor() {
    const floor = new Group();
    const { x, y, radius } = this.path.extent();
    const half = Math.ceil(radius) + 12;
    for (const [spacing, colour, height] of [
      [0.5, look.FLOOR.fine, 0],
      [1, look.FLOOR.coarse, 0.001],
    ]) {
      const grid = gridLines(spacing, half, colour);
      grid.position.set(Math.round(x), Math.round(y), height);
      floor.add(grid);
    }
    const trace = new BufferGeometry();
    const points = [];
    for (let frame = 0; frame < this.path.frames; frame += 1) {
      points.push(this.path.values[frame * 3], this.path.values[frame * 3 + 1], 0.004);
    }
    trace.setAttribute("position", new Float32BufferAttribute(points, 3));
    floor.add(new Line(trace, new LineBasicMaterial({ color: look.FLOOR.path })));
    return floor;
  }

  // Following keeps the walker still and moves the floor; standing keeps the floor still and moves the walker.
  setFollow(follow) {
    this.follow = follow;
    this.setView(this.view);
  }

  setView(name) {
    this.view = name;
    const from = new Vector3(...look.VIEWS[name].from).normalize();
    const start = this.path.at(0);
    const extent = this.path.extent();
    const [eye, near] = [0.5 * this.height_m, 2.25 * this.height_m];
    if (this.follow) this.orbit.target.set(0, 0, eye);
    else {
      this.orbit.target.set(extent.x, extent.y, eye);
      from.applyAxisAngle(new Vector3(0, 0, 1), start.heading);
    }
    const distance = this.follow ? near : Math.min(13, near + 1.5 * extent.radius);
    this.camera.position.copy(this.orbit.target).addScaledVector(from, distance);
    this.orbit.update();
  }

  draw(frame) {
    const { x, y, heading } = this.path.at(frame);
    const placed = this.follow ? this.floor : this.walker;
    const still = this.follow ? this.walker : this.floor;
    still.position.set(0, 0, 0);
    still.rotation.set(0, 0, 0);
    if (this.follow) {
      const [c, s] = [Math.cos(-heading), Math.sin(-heading)];
      placed.position.set(-(c * x - s * y), -(s * x + c * y), 0);
      placed.rotation.set(0, 0, -heading);
    } else {
      placed.position.set(x, y, 0);
      placed.rotation.set(0, 0, heading);
    }
    this.figures.forEach((figure) => figure.show(frame));
    this.sun.position.copy(this.camera.position).add(new Vector3(0, 0, 3));
    this.renderer.render(this.scene, this.camera);
  }

  resize(width, height) {
    this.renderer.setPixelRatio(Math.min(2, window.devicePixelRatio || 1));
    this.renderer.setSize(width, height, false);
    this.camera.aspect = width / height;
    this.camera.updateProjectionMatrix();
  }

  onOrbit(listener) {
    this.orbit.addEventListener("change", listener);
  }

  dispose() {
    this.orbit.dispose();
    this.scene.traverse((thing) => {
      thing.geometry?.dispose();
      thing.material?.dispose?.();
    });
    this.renderer.dispose();
    this.renderer.forceContextLoss();
  }
}

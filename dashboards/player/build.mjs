// Bundles src/ and three.js into build/player.js, the one file that the dashboard serves: `npm install && npm run build`.
import { build } from "esbuild";
import { copyFile } from "node:fs/promises";

await build({
  entryPoints: ["src/index.js"],
  outfile: "build/player.js",
  bundle: true,
  format: "esm",
  minify: true,
  target: "es2020",
  loader: { ".css": "text" },
  legalComments: "none",
  banner: { js: "/* Contains three.js, copyright three.js authors, MIT: see three-LICENSE.md beside this file. */" },
});
await copyFile("node_modules/three/LICENSE", "build/three-LICENSE.md");

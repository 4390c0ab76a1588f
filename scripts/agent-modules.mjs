/**
 * What takes the place of a module in the bundle of a home router, with the reason: parts of dependencies that a gateway never
 * runs, and copies of what Node has. The gateways of test/root/shellLab.ts run with these: fleetGateway.test.ts over MQTT and TLS.
 */
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const require = createRequire(join(root, 'package.json'));
/** When it is asked for: a fresh checkout has no packages yet, and is told so in words. */
const versionOf = (path) => () => JSON.stringify({ version: require(path).version });

/** By the name that is imported; `path`: another file, `js` or `json()`: its text instead. */
const BY_NAME = {
  mqtt: { js: "export { default as MqttClient } from 'mqtt/lib/client';", because: 'its index chooses among transports: WebSockets, SOCKS, and two of other clouds; the gateway opens its own TLS' },
  'readable-stream': { js: "module.exports = require('node:stream');", because: "a copy of Node's streams for browsers" },
  inherits: { js: "module.exports = require('node:util').inherits;", because: 'the same for util' },
  'process-nextick-args': { js: 'exports.nextTick = process.nextTick;', because: 'the same for the process' },
  debug: { js: 'module.exports = () => () => undefined;', because: 'the log of a library behind an environment variable; the agent has its own' },
  'worker-timers': { js: 'module.exports = globalThis;', because: "timers that a browser does not slow down; here Node's are taken" },
  'lru-cache': { js: 'exports.LRUCache = Map;', because: 'topic aliases of MQTT 5, and 3.1.1 is spoken' },
  yaml: { path: join(root, 'node_modules/yaml/browser/dist/index.js'), because: 'the same code as ES modules, of which only what is used comes along' },
};

/** By its file. */
const BY_FILE = [
  { file: /^package\.json$/, json: versionOf('./package.json'), because: 'of the manifest only the version is shown' },
  { file: /^node_modules\/mqtt\/package\.json$/, json: versionOf('mqtt/package.json'), because: 'the same' },
  { file: /^node_modules\/node-wifi\/src\/(mac|windows)-[\w-]+\.js$/, js: 'module.exports = () => undefined;', because: 'a home router runs neither' },
];

/** The packages that may be in the bundle at all. */
export const PACKAGES = ['bl', 'lowdb', 'mqtt', 'mqtt-packet', 'node-wifi', 'rfdc', 'uqr', 'valibot', 'yaml'];

const NAMES = new RegExp(`^(${Object.keys(BY_NAME).join('|')})$`);

/** For esbuild. */
export const agentModules = {
  name: 'agent-modules',
  setup(build) {
    build.onResolve({ filter: NAMES }, ({ path, namespace }) => {
      const taken = BY_NAME[path];
      if (namespace === 'agent-modules') return undefined;
      return taken.path ? { path: taken.path, sideEffects: false } : { path, namespace: 'agent-modules' };
    });
    build.onLoad({ filter: /./, namespace: 'agent-modules' }, ({ path }) => ({ contents: BY_NAME[path].js, loader: 'js', resolveDir: root }));
    build.onLoad({ filter: /\.(json|js)$/ }, ({ path }) => {
      const taken = BY_FILE.find(({ file }) => file.test(relative(root, path)));
      return taken && { contents: taken.json?.() ?? taken.js, loader: taken.json ? 'json' : 'js' };
    });
  },
};

const NO_YAML = "the package for OpenWrt reads /etc/config/roamstead and no YAML: roamstead agent --uci /etc/config";

/** For esbuild: 103 kB, and what reads files with it. */
export const withoutYaml = {
  name: 'without-yaml',
  setup(build) {
    build.onLoad({ filter: /\/agent\/configFile\.ts$/ }, () => ({ contents: `export const loadAgentConfig = () => { throw new Error(${JSON.stringify(NO_YAML)}); };`, loader: 'js' }));
  },
};

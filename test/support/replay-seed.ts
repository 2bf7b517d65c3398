import { configureGlobal } from 'fast-check';

/** Repeats a property run: fast-check prints `{ seed: 123, path: "0:1" }` when a property fails; give both back here. */
const { CAIRN_SEED: seed, CAIRN_PATH: path } = process.env;
if (seed !== undefined) configureGlobal({ seed: Number(seed), ...(path === undefined ? {} : { path }) });

// Reads events from standard input (a JSON list of XML texts) by node-cot; writes them as GeoJSON features.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const require = createRequire(join(process.argv[2], 'package.json'));
const { default: CoT } = await import(pathToFileURL(require.resolve('@tak-ps/node-cot')).href);

const texts = JSON.parse(readFileSync(0, 'utf8'));
process.stdout.write(JSON.stringify(texts.map((text) => new CoT(text).to_geojson())));

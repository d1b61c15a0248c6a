// Enrols by node-tak with the token that standard input names (JSON), then streams by TLS: tells its place, asks for a
// pong, and writes what it heard. The authority is in NODE_EXTRA_CA_CERTS; node-tak itself does not check the stream's.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { join, dirname } from 'node:path';
import { pathToFileURL } from 'node:url';

const require = createRequire(join(process.argv[2], 'package.json'));
const home = dirname(require.resolve('@tak-ps/node-tak'));
const { default: TAK, TAKAPI, APIAuthPassword, CoT } = await import(pathToFileURL(join(home, 'index.js')).href);

const { enrolment, stream, user, token, uid, place } = JSON.parse(readFileSync(0, 'utf8'));
const api = new TAKAPI(new URL(enrolment), new APIAuthPassword(user, token));
const auth = await api.Credentials.generate();
let again = 'enrolled twice';
try {
  await api.Credentials.generate();
} catch (fault) {
  again = String(fault.status ?? fault.message);
}

const tak = await TAK.connect(uid, new URL(stream), auth);
const heard = new Set();
tak.on('cot', (cot) => heard.add(cot.raw.event._attributes.type));
const ponged = new Promise((resolve, reject) => {
  tak.on('ping', resolve);
  tak.on('error', reject);
  tak.on('end', () => reject(new Error('the station closed the connection')));
  setTimeout(() => reject(new Error('no pong')), 20_000);
});
await ponged;
const [lon, lat] = place;
tak.write([
  CoT.from_geojson({
    id: uid,
    type: 'Feature',
    path: '/',
    properties: { type: 'a-f-G-U-C', how: 'm-g', callsign: 'HAWK-1', center: [lon, lat, 0] },
    geometry: { type: 'Point', coordinates: [lon, lat, 0] },
  }),
]);
// What was written is on its way for a moment, whatever was heard before.
const [least, until] = [Date.now() + 2_000, Date.now() + 20_000];
while (Date.now() < least || (!heard.has('b-m-p-s-p-loc') && Date.now() < until)) await new Promise((wake) => setTimeout(wake, 100));
process.stdout.write(JSON.stringify({ cert: auth.cert, again, heard: [...heard] }), () => process.exit(0));

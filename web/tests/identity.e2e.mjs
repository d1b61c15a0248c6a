// The real station asks who comes: `WATCHLINE_BIN=... node tests/identity.e2e.mjs`. From the first start by the code
// that it printed to an operator who takes an alert, makes a passkey and is then revoked.
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { accessible, keep, launch, must, Tally, translated } from './browser.mjs';

const BIN = process.env.WATCHLINE_BIN;
if (!BIN) {
  console.error('WATCHLINE_BIN must name the watchline binary');
  process.exit(2);
}
const DRILL = fileURLToPath(new URL('../../crates/station/tests/drill', import.meta.url));
const PASSWORD = 'one cold night in november';
const home = mkdtempSync(join(tmpdir(), 'watchline-identity-'));
cpSync(DRILL, home, { recursive: true });
writeFileSync(
  join(home, 'station.toml'),
  `sector = "sector.toml"
data = "data"
listen = "127.0.0.1:0"
sapient_listen = "127.0.0.1:0"
cot_listen = "127.0.0.1:0"
[doors.cot.units]
ANDROID-1 = "patrol-1"
`,
);
const station = spawn(BIN, ['--json', 'serve', '--config', join(home, 'station.toml')], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
process.on('exit', () => {
  station.kill('SIGTERM');
  rmSync(home, { recursive: true, force: true });
});

/** What the station says once it runs. */
async function serving({ stdout }) {
  let told = '';
  for await (const piece of stdout) {
    told += piece;
    try {
      return JSON.parse(told);
    } catch {
      // There is more to come.
    }
  }
  throw new Error(`the station ended: ${told}`);
}

/** A phone of the first unit calls for help. */
function callForHelp(cot) {
  const [host, port] = cot.split(':');
  const at = new Date().toISOString();
  const stale = new Date(Date.now() + 60_000).toISOString();
  const event = `<event version="2.0" uid="ANDROID-1-9-1-1" type="b-a-o-tbl" how="h-e" time="${at}" start="${at}" stale="${stale}"><point lat="34.415" lon="41.021" hae="0" ce="10" le="10"/><detail><contact callsign="HAWK"/><emergency type="911 Alert">HAWK</emergency><link uid="ANDROID-1" relation="p-p"/></detail></event>`;
  const socket = connect({ host, port: Number(port) }, () => socket.write(event));
  socket.resume();
  return socket;
}

const { page: address, cot, first_code: firstCode } = await serving(station);
station.stdout.resume();
const tally = new Tally();
const browser = await launch();

/** A person's own browser. */
async function seat(at = address) {
  const context = await browser.newContext({ viewport: { width: 1366, height: 768 } });
  const page = await context.newPage();
  page.setDefaultTimeout(90_000);
  await page.goto(new URL('?lang=en', at).href);
  await page.waitForSelector('.entrance, .page');
  return page;
}

/** Fills the fields in their order, by keyboard alone, and enters. */
async function enter(page, ...fields) {
  await page.locator('.entrance input').first().focus();
  for (const [i, field] of fields.entries()) {
    if (i) await page.keyboard.press('Tab');
    await page.keyboard.type(field);
  }
  await page.keyboard.press('Enter');
}

const comeByCode = async (page, code) => {
  await page.getByRole('button', { name: 'I was given a code' }).click();
  await enter(page, code, PASSWORD);
};

/** Invites somebody from the page; the code that they come in by. */
async function invite(page, name, role, reason = '') {
  const form = page.locator('form[aria-labelledby=invite-title]');
  await form.getByLabel('Name').fill(name);
  await form.getByLabel('Agency').fill('border-guard');
  await form.getByRole('checkbox', { name: role, exact: true }).check();
  await form.getByLabel('Reason').fill(reason);
  await form.getByRole('button', { name: 'Invite' }).click();
  const code = page.locator('[data-code]');
  await page.waitForFunction(
    (before) => document.querySelector('[data-code]')?.dataset.code !== before,
    invite.last,
  );
  return (invite.last = await code.getAttribute('data-code'));
}

const amal = await seat();
await tally.check('a station with nobody asks for the code that it printed', async () => {
  await amal.waitForSelector('.entrance h2:has-text("Nobody is known")');
  await accessible(amal, 'first start');
  await keep(amal, 'identity-first-start');
  await enter(amal, '0000-0000-0000-0000-0000', 'Amal', 'border-guard', PASSWORD);
  await amal.waitForSelector('[role=alert]');
});

await tally.check('who enters it is the first administrator', async () => {
  await amal.reload();
  await amal.waitForSelector('.entrance');
  await enter(amal, firstCode, 'Amal', 'border-guard', PASSWORD);
  await amal.waitForSelector('.who:has-text("Amal"):has-text("Administrator")');
  await amal.waitForSelector('[data-person=Amal]');
  must(!(await amal.locator('.map').count()), 'an administrator sees the line');
  must(!(await amal.locator('.link').count()), 'a link is spoken of where there is none');
  await accessible(amal, 'people');
  await keep(amal, 'identity-people');
});

const badia = await seat();
const hasan = await seat();
await tally.check('a second administrator and an operator come by their codes', async () => {
  await comeByCode(badia, await invite(amal, 'Badia', 'Administrator'));
  await badia.waitForSelector('.who:has-text("Badia")');
  await accessible(hasan, 'sign in');
  await keep(hasan, 'identity-sign-in');
  await comeByCode(hasan, await invite(amal, 'Hasan', 'Operator'));
  await hasan.waitForSelector('.page[data-heard=true]');
  await hasan.waitForSelector('.who:has-text("Hasan"):has-text("Operator")');
});

await tally.check('the operator takes an alert, and it is theirs on the record', async () => {
  const phone = callForHelp(cot);
  await hasan.waitForSelector('[data-kind=called-for-help].raised');
  await hasan.keyboard.press('a');
  await hasan.waitForSelector('.card [data-stage=acknowledged]');
  await hasan.waitForSelector('.card:has-text("Hasan")');
  await keep(hasan, 'identity-operator');
  // Whom to send is an officer's to say: an operator is shown the ways, and told so.
  await hasan.keyboard.press('d');
  await hasan.waitForSelector('form [role=note]:has-text("Officers alone")');
  must(await hasan.locator('form button.primary').isDisabled(), 'an operator may send');
  await hasan.keyboard.press('Escape');
  phone.destroy();
});

await tally.check('an operator signs out and in again', async () => {
  await hasan.getByRole('button', { name: 'Sign out' }).click();
  await hasan.waitForSelector('.entrance');
  await enter(hasan, 'Hasan', 'not the right password');
  await hasan.waitForSelector('[role=alert]:has-text("wrong")');
  await enter(hasan, '', PASSWORD);
  await hasan.waitForSelector('.page[data-heard=true]');
});

/** The operator's browser at the machine itself by its name, with a device that keeps passkeys. */
const device = await (async () => {
  const byName = new URL(address);
  byName.hostname = 'localhost';
  const page = await seat(byName);
  const tools = await page.context().newCDPSession(page);
  await tools.send('WebAuthn.enable');
  const { authenticatorId } = await tools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
    },
  });
  const ask = (method, params) => tools.send(`WebAuthn.${method}`, { authenticatorId, ...params });
  return { page, ask };
})();

await tally.check('at a number for an address it is told that passkeys need a name', async () => {
  await hasan.getByRole('button', { name: 'Passkeys' }).click();
  await hasan.waitForSelector('dialog [role=note]:has-text("localhost")');
  await hasan.keyboard.press('Escape');
});

await tally.check('an operator makes a passkey by their password and comes in by it', async () => {
  const { page, ask } = device;
  await enter(page, 'Hasan', PASSWORD);
  await page.waitForSelector('.page[data-heard=true]');
  await page.getByRole('button', { name: 'Passkeys' }).click();
  const form = page.locator('dialog form');
  const make = async (password) => {
    await form.getByLabel('What to call it').fill('desk key');
    await form.getByLabel('Password').fill(password);
    await form.getByRole('button', { name: 'Make a passkey' }).click();
  };
  await make('not the right password');
  await page.waitForSelector('dialog [role=alert]:has-text("wrong")');
  await make(PASSWORD);
  await page.waitForSelector('[data-passkey="desk key"]');
  await accessible(page, 'passkeys');
  await keep(page, 'identity-passkeys');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await page.waitForSelector('.who:has-text("Hasan")');
  const { credentials } = await ask('getCredentials');
  must(
    credentials.length === 1 && credentials[0].rpId === 'localhost',
    JSON.stringify(credentials),
  );
  device.kept = credentials[0];
});

await tally.check(
  'a device that does not know its person, or counts back, lets nobody in',
  async () => {
    const { page, ask, kept } = device;
    await page.getByRole('button', { name: 'Sign out' }).click();
    await ask('setUserVerified', { isUserVerified: false });
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
    await page.waitForSelector('[role=alert]');
    await ask('setUserVerified', { isUserVerified: true });
    await ask('clearCredentials');
    // A copy of the key whose count is behind.
    await ask('addCredential', { credential: { ...kept, signCount: 0 } });
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
    await page.waitForSelector('[role=alert]:has-text("wrong")');
    must(!(await page.locator('.who').count()), 'a key that counts back comes in');
    await ask('clearCredentials');
    await ask('addCredential', { credential: { ...kept, signCount: 100 } });
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
    await page.waitForSelector('.who:has-text("Hasan")');
  },
);

await tally.check(
  'a passkey that was removed is good for nothing, and its other sessions end',
  async () => {
    const { page } = device;
    await page.getByRole('button', { name: 'Passkeys' }).click();
    await page.getByRole('button', { name: /^Remove the passkey/ }).click();
    await page.waitForSelector('dialog li:has-text("none yet")');
    await page.keyboard.press('Escape');
    await hasan.waitForSelector('.entrance');
    await enter(hasan, 'Hasan', PASSWORD);
    await hasan.waitForSelector('.page[data-heard=true]');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
    await page.waitForSelector('[role=alert]:has-text("wrong")');
  },
);

await tally.check('one administrator proposes to revoke, and nothing happens', async () => {
  await amal.getByRole('button', { name: /^Revoke.*Hasan/ }).click();
  await amal.keyboard.type('left the service');
  await amal.keyboard.press('Enter');
  await amal.waitForSelector('[data-confirmation]');
  must(!(await amal.getByRole('button', { name: /^Agree/ }).count()), 'one may agree with oneself');
  await hasan.waitForTimeout(1_500);
  must(await hasan.locator('.page[data-heard=true]').count(), 'the operator is out already');
});

await tally.check('another agrees, and the operator is out at once', async () => {
  await badia.waitForSelector('[data-confirmation]:has-text("left the service")');
  await accessible(badia, 'a confirmation');
  await keep(badia, 'identity-confirmation');
  await badia.getByRole('button', { name: /^Agree/ }).click();
  await hasan.waitForSelector('.entrance', { timeout: 15_000 });
  await enter(hasan, 'Hasan', PASSWORD);
  await hasan.waitForSelector('[role=alert]:has-text("wrong")');
});

await tally.check('what is kept of somebody is erased when two agree', async () => {
  const form = amal.locator('form[aria-labelledby=erase-title]');
  await form.getByLabel('Of whom or what').fill('sensors/tower-1');
  await form.getByLabel('Reason').fill('nobody');
  await form.getByRole('button', { name: 'Propose' }).click();
  await amal.waitForSelector('[role=alert]:has-text("subject")');
  await form.getByLabel('Of whom or what').fill('field/patrol-1');
  await form.getByLabel('Reason').fill('asked for by the unit');
  await form.getByRole('button', { name: 'Propose' }).click();
  await amal.waitForSelector('[data-confirmation]:has-text("field/patrol-1")');
  await keep(amal, 'identity-erase');
  const waits = badia.locator('[data-confirmation]:has-text("asked for by the unit")');
  await waits.getByRole('button', { name: /^Agree/ }).click();
  await waits.waitFor({ state: 'detached' });
});

await tally.check('a monitor sees who looked at what', async () => {
  const code = await invite(amal, 'Munira', 'Monitor', 'watches us');
  const waits = badia.locator('[data-confirmation]:has-text("Munira")');
  await waits.getByRole('button', { name: /^Agree/ }).click();
  await waits.waitFor({ state: 'detached' });
  const munira = await seat();
  await comeByCode(munira, code);
  await munira.getByRole('button', { name: 'People', exact: true }).click();
  const looks = munira.locator('section[aria-labelledby=looks-title]');
  await looks.getByLabel('Who').fill('Hasan');
  await looks.getByRole('button', { name: 'Show' }).click();
  await looks.locator('li:has-text("Hasan"):has-text("picture")').first().waitFor();
  await looks.getByLabel('Track').fill('999999');
  await looks.getByRole('button', { name: 'Show' }).click();
  await looks.getByText('Nobody, as far as').waitFor();
  await looks.getByLabel('Track').fill('');
  await looks.getByRole('button', { name: 'Show' }).click();
  await looks.locator('li').first().waitFor();
  await accessible(munira, 'who looked');
  await looks.scrollIntoViewIfNeeded();
  await keep(munira, 'identity-looks');
  await munira.context().close();
});

await tally.check('what other agencies are given is changed when two agree', async () => {
  const form = amal.locator('form[aria-labelledby=give-title]');
  await form.getByLabel('Policies').fill('permits everything');
  await form.getByLabel('Reason').fill('the army asked');
  await form.getByRole('button', { name: 'Propose' }).click();
  await amal.waitForSelector('[role=alert]:has-text("line 1")');
  const policy = 'permit(principal == Agency::"army", action, resource is Unit);';
  await form.getByLabel('Policies').fill(policy);
  await form.getByLabel('Labels').fill('patrol-1: shared');
  await form.getByRole('button', { name: 'Propose' }).click();
  const waits = badia.locator('[data-confirmation]:has-text("the army asked")');
  await waits.locator('pre:has-text("resource is Unit")').waitFor();
  await keep(badia, 'identity-give');
  await waits.getByRole('button', { name: /^Agree/ }).click();
  await waits.waitFor({ state: 'detached' });
});

await tally.check('all of it is there in Arabic, from right to left', async () => {
  await hasan.click('button[lang=ar]');
  await hasan.waitForSelector('html[dir=rtl][lang=ar]');
  await translated(hasan);
  const refused = await hasan.locator('[role=alert]').textContent();
  must(/[\u0600-\u06ff]{4}/.test(refused), `refused in another language: ${refused}`);
  await amal.click('button[lang=ar]');
  await amal.waitForSelector('html[dir=rtl][lang=ar]');
  must(/[\u0600-\u06ff]{4}/.test(await translated(amal)), 'no Arabic on the page');
  await accessible(amal, 'Arabic');
  await keep(amal, 'identity-people-ar');
  await keep(hasan, 'identity-sign-in-ar');
});

await browser.close();
tally.end();
station.kill('SIGTERM');

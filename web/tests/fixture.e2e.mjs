// The page against its stand-in station: themes, languages, keyboard, a lost and a returning link.
import { accessible, launch, lengthOf, must, open, shoot, Tally, translated } from './browser.mjs';
import { serve } from './fixture/server.mjs';

const tally = new Tally();
let station = await serve({ dustAfter_s: Infinity });
const browser = await launch();
const { page, complaints, strangers } = await open(browser, `${station.address}?lang=en`);

await tally.check('an alert waits and is acknowledged by one key', async () => {
  await page.waitForSelector('[role=option] .raised >> nth=1', { timeout: 15_000 });
  await page.keyboard.press('a');
  await page.waitForSelector('[data-stage=acknowledged]');
});

await tally.check('news moves neither the camera nor the selection', async () => {
  await page.waitForTimeout(400);
  const before = page.url();
  must(/sel=alert:/.test(before), `no selection in ${before}`);
  await page.waitForTimeout(1500);
  must(page.url() === before, `${before} became ${page.url()}`);
});

await tally.check('a dispatch without a reason is not sent', async () => {
  await page.keyboard.press('d');
  await page.waitForSelector('form .unit');
  await page.keyboard.press('1');
  await page.keyboard.press('Enter');
  await page.waitForSelector('#reason-lacks');
});

await tally.check('a unit is sent by keyboard with a typed reason', async () => {
  await page.focus('#reason');
  await page.keyboard.type('first to arrive');
  await page.keyboard.press('Enter');
  await page.waitForSelector('[data-task]');
  await page.waitForSelector('[data-stage=assigned]');
});

await tally.check('the record says what is on this post and what a witness saw', async () => {
  await page.waitForSelector('footer .record');
  const said = (await page.textContent('footer .record')).replace(/[\u2066-\u2069]/g, '');
  must(/on this post\s+·\s+1,?180 witnessed/.test(said), said);
  const title = await page.getAttribute('footer .record', 'title');
  must(title.includes('coast-guard.example/w1'), title);
});

await tally.check('nothing is wider than the window, in either language', async () => {
  const size = page.viewportSize();
  for (const width of [1366, 1280, 1024]) {
    await page.setViewportSize({ width, height: 768 });
    // The map follows its window a moment later.
    const fits = (width) => document.documentElement.scrollWidth <= width;
    await page.waitForFunction(fits, width, { timeout: 10_000 });
  }
  await page.setViewportSize(size);
});

await tally.check('the strip turns blind when the dust comes', async () => {
  const before = await lengthOf(page, 'blind');
  station.night.dustAfter_s = 0;
  await page.waitForFunction(
    (km) => Number(document.querySelector('[data-state=blind][data-km]').dataset.km) > km + 3,
    before,
    { timeout: 30_000 },
  );
});

await tally.check('an arrow on the strip tells the next stretch, and why it is so', async () => {
  await page.focus('[role=slider]');
  for (let i = 0; i < 3; i++) await page.keyboard.press('ArrowLeft');
  await page.waitForSelector('.card [data-state]');
  const said = await page.getAttribute('[role=slider]', 'aria-valuetext');
  must(/^km 0\.75/.test(said.replace(/[\u2066-\u2069]/g, '')), said);
});

await tally.check(
  'a track is named and pinned by keyboard, and one of them taken back',
  async () => {
    await page.keyboard.press('2');
    await page.locator('[role=option]').first().click();
    await page.waitForSelector('.card details');
    await page.keyboard.press('l');
    await page.waitForSelector('form [name=label]');
    await page.keyboard.press('ArrowDown');
    await page.focus('#reason');
    await page.keyboard.press('Enter');
    await page.waitForSelector('#reason-lacks');
    await page.keyboard.type('seen on camera');
    await page.keyboard.press('Enter');
    await page.waitForSelector('form', { state: 'detached' });
    await page.keyboard.press('p');
    await page.focus('#reason');
    await page.keyboard.type('keep an eye on it');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.card button:has-text("Unpin")');
    await page.keyboard.press('p');
    await page.waitForSelector('form');
    await page.focus('#reason');
    await page.keyboard.type('it has gone');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.card li.undone');
  },
);

for (const language of ['en', 'ar']) {
  await tally.check(`a track and what it was made of are whole in ${language}`, async () => {
    await page.click(`button[lang=${language}]`);
    const details = page.locator('.card details');
    if ((await details.getAttribute('open')) === null) await details.locator('summary').click();
    await page.waitForSelector('.card details li');
    await page.waitForTimeout(500);
    await translated(page);
    await shoot(page, `fixture-track-${language}`);
    await accessible(page, `track ${language}`);
    await page.keyboard.press('m');
    await page.waitForSelector('form [name=other]');
    await shoot(page, `fixture-track-merge-${language}`);
    await accessible(page, `merge form ${language}`);
    await page.keyboard.press('Escape');
    await page.waitForSelector('form', { state: 'detached' });
  });
}

for (const language of ['en', 'ar']) {
  await tally.check(`a stretch says how it would be crossed in ${language}`, async () => {
    await page.click(`button[lang=${language}]`);
    await page.click('#tab-stretches');
    await page.locator('[role=option]').first().click();
    await page.waitForSelector('.card [data-crossing] svg .seen');
    await page.locator('[data-crossing]').scrollIntoViewIfNeeded();
    await page.waitForTimeout(800);
    await translated(page);
    await shoot(page, `fixture-crossing-${language}`);
    await accessible(page, `crossing ${language}`);
  });
}

await tally.check('corridors are drawn when asked for, and not before', async () => {
  const asked = [];
  page.on('request', (request) => asked.push(request.url()));
  const layer = page.locator('.layers button').nth(1);
  must((await layer.getAttribute('aria-pressed')) === 'false', 'corridors are on from the start');
  await layer.click();
  await page.waitForTimeout(1000);
  must(
    asked.some((url) => url.includes('/tiles/corridors/')),
    asked.join('\n'),
  );
  must(/hide=(&|$)/.test(page.url()), page.url());
  await layer.click();
  await page.waitForTimeout(300);
  must(!page.url().includes('hide='), page.url());
});

for (const language of ['en', 'ar']) {
  await tally.check(`a patrol's late word stands with its alert in ${language}`, async () => {
    await page.click(`button[lang=${language}]`);
    await page.click('#tab-alerts');
    await page.locator('[data-kind=crossing-predicted]').first().click();
    await page.waitForSelector('.card [data-evidence="2"]');
    const said = await page.locator('[data-evidence]').innerText();
    must(/Patrol 1|الدورية/.test(said), said);
    await page.locator('[data-evidence] li').last().scrollIntoViewIfNeeded();
    await page.waitForTimeout(500);
    await translated(page);
    await shoot(page, `fixture-evidence-${language}`);
    await accessible(page, `evidence ${language}`);
  });
}

for (const language of ['en', 'ar']) {
  await tally.check(
    `a clock that is wrong is told on its sensor's card in ${language}`,
    async () => {
      await page.click(`button[lang=${language}]`);
      await page.click('#tab-sensors');
      await page.locator('[role=option]').nth(1).click();
      await page.waitForSelector('.card [data-clock=off]');
      await page.waitForSelector('.card [data-flood]');
      await translated(page);
      await shoot(page, `fixture-clock-${language}`);
      await accessible(page, `clock ${language}`);
      await page.locator('[role=option]').nth(2).click();
      await page.waitForSelector('.card [data-clock=drifting]');
      await translated(page);
    },
  );
}

for (const language of ['en', 'ar']) {
  await tally.check(
    `what flies has a height in its row and in its card in ${language}`,
    async () => {
      await page.click(`button[lang=${language}]`);
      await page.click('#tab-tracks');
      const row = page.locator('[role=option]', {
        hasText: language === 'en' ? 'Aircraft' : 'طائرة',
      });
      await row.click();
      const plain = (text) => text.replace(/[\u2066-\u2069]/g, '');
      const western = (text) => text.replace(/[٠-٩]/g, (digit) => '٠١٢٣٤٥٦٧٨٩'.indexOf(digit));
      const inRow = western(plain(await row.innerText()));
      must(/84/.test(inRow) && /1[.٫]9/.test(inRow), inRow);
      const card = western(plain(await page.locator('.card dl').innerText()));
      must(/84 .* ± 8/.test(card) && /287 .* ± 8/.test(card) && /1[.٫]9/.test(card), card);
      await page.waitForTimeout(600);
      await translated(page);
      await shoot(page, `fixture-aircraft-${language}`);
      await accessible(page, `aircraft ${language}`);
    },
  );
}

for (const language of ['en', 'ar']) {
  await tally.check(`what has a direction and no place is told in ${language}`, async () => {
    await page.click(`button[lang=${language}]`);
    await page.click('#tab-tracks');
    await page.locator('[role=option]').last().click();
    await page.waitForSelector('[role=option][aria-selected=true]');
    const said = await page.locator('.card h2').innerText();
    must(/212|٢١٢/.test(said), said);
    await page.waitForURL(/sel=direction/);
    await page.waitForTimeout(600);
    await translated(page);
    await shoot(page, `fixture-direction-${language}`);
    await accessible(page, `direction ${language}`);
  });
}

await tally.check(
  'a person takes the error off a clock, and takes trust and gives it',
  async () => {
    await page.click('button[lang=en]');
    await page.click('#tab-sensors');
    await page.locator('[role=option]').nth(1).click();
    await page.click('.card button:has-text("Correct its clock")');
    await page.click('form button[type=submit]');
    await page.waitForSelector('form #reason-lacks');
    await page.fill('#reason', 'set wrong at the change of shifts');
    await shoot(page, 'fixture-clock-form');
    await accessible(page, 'clock form');
    await page.click('form button[type=submit]');
    await page.waitForSelector('.card [data-clock=steady]');
    for (const word of ['Do not believe it', 'Believe it again']) {
      await page.click(`.card button:has-text("${word}")`);
      await page.locator('form .ready button').first().click();
      await page.click('form button[type=submit]');
      await page.waitForSelector('form', { state: 'detached' });
    }
    await page.waitForSelector('.card button:has-text("Do not believe it")');
  },
);

await page.click('#tab-alerts');
await page.locator('[role=option]').first().click();
for (const language of ['en', 'ar']) {
  await page.click(`button[lang=${language}]`);
  for (const [i, theme] of ['dark', 'day', 'red'].entries()) {
    await tally.check(`${language} in the ${theme} theme is whole and accessible`, async () => {
      await page.locator('header .choice').first().locator('button').nth(i).click();
      await page.waitForSelector(`html[data-theme=${theme}]`);
      await page.waitForTimeout(1500);
      await translated(page);
      const direction = await page.getAttribute('html', 'dir');
      must(direction === (language === 'ar' ? 'rtl' : 'ltr'), direction);
      await shoot(page, `fixture-${language}-${theme}`);
      await accessible(page, `${language} ${theme}`);
    });
  }
}

for (const language of ['en', 'ar']) {
  await tally.check(`a camera's picture plays on its sensor's card in ${language}`, async () => {
    await page.click(`button[lang=${language}]`);
    await page.click('#tab-sensors');
    await page.locator('[role=option]').first().click();
    await page.waitForSelector('.card [data-camera=comes]');
    await page.locator('[data-camera] button').first().click();
    await page.waitForSelector('video[data-live=showing]');
    await page.waitForFunction(() => document.querySelector('video').currentTime > 2);
    const kept = page.locator('[data-camera] details');
    if ((await kept.getAttribute('open')) === null) await kept.locator('summary').click();
    await page.waitForSelector('[data-camera] a[download] >> nth=1');
    await page.locator('[data-camera] li button').first().click();
    await page.waitForFunction(() => {
      const video = document.querySelector('video[data-recording]');
      return video && video.videoWidth > 0 && video.currentTime > 0;
    });
    await page.locator('[data-camera]').scrollIntoViewIfNeeded();
    await translated(page);
    await shoot(page, `fixture-camera-${language}`);
    await accessible(page, `camera ${language}`);
    await page.locator('[data-camera] li button').first().click();
    await page.locator('[data-camera] button').first().click();
    await page.waitForSelector('video', { state: 'detached' });
  });
}

for (const language of ['en', 'ar']) {
  await tally.check(
    `a sensor is asked to look, on the map and by keyboard in ${language}`,
    async () => {
      await page.click(`button[lang=${language}]`);
      await page.click('#tab-sensors');
      await page.locator('[role=option]').nth(3).click();
      await page.locator('.card .actions button').first().click();
      await page.waitForSelector('form .typed');
      await page.locator('.map canvas').click({ position: { x: 420, y: 300 } });
      await page.waitForSelector('[data-place="0"]');
      await page.locator('.map canvas').click({ position: { x: 460, y: 330 } });
      must((await page.locator('[data-place]').count()) === 1, 'one place is looked at');
      await page.waitForTimeout(400);
      await translated(page);
      await shoot(page, `fixture-look-${language}`);
      await accessible(page, `look form ${language}`);
      await page.locator('[data-place="0"] button').click();
      await page.focus('form .typed input');
      await page.keyboard.type('north of here');
      await page.keyboard.press('Enter');
      await page.waitForSelector('form [aria-invalid=true]');
      await page.focus('form .typed input');
      await page.keyboard.press('Control+a');
      await page.keyboard.type('34.55, 41.30');
      await page.keyboard.press('Enter');
      await page.waitForSelector('[data-place="0"]');
      await page.focus('#reason');
      await page.keyboard.type('somebody may be there');
      await page.keyboard.press('Enter');
      await page.waitForSelector('[data-pointing=accepted]');
      await page.waitForTimeout(400);
      await translated(page);
      await shoot(page, `fixture-looks-${language}`);
      await accessible(page, `order ${language}`);
      await page.locator('.card .actions button').nth(1).click();
      await page.focus('#reason');
      await page.keyboard.type('seen enough');
      await page.keyboard.press('Enter');
      await page.waitForSelector('[data-pointing=done]');
    },
  );
}

for (const [language, name] of [
  ['en', 'Drone 1'],
  ['ar', 'المسيّرة 1'],
]) {
  await tally.check(
    `a drone is sent along places and says that it goes in ${language}`,
    async () => {
      await page.click(`button[lang=${language}]`);
      await page.click('#tab-sensors');
      await page.locator('[role=option]', { hasText: name }).click();
      await page.locator('.card .actions button').nth(1).click();
      await page.waitForSelector('form .typed');
      for (const [at, place] of ['34.55, 41.30', '34.56, 41.31'].entries()) {
        await page.focus('form .typed input');
        await page.keyboard.type(place);
        await page.keyboard.press('Enter');
        await page.waitForSelector(`[data-place="${at}"]`);
      }
      await translated(page);
      await shoot(page, `fixture-patrol-${language}`);
      await accessible(page, `patrol form ${language}`);
      await page.focus('#reason');
      await page.keyboard.type('nothing else sees there');
      await page.keyboard.press('Enter');
      await page.waitForSelector('[data-pointing=accepted]');
      must(
        (await page.locator('[data-pointing]').innerText()).includes('turning'),
        'its own words',
      );
      await translated(page);
      await shoot(page, `fixture-patrols-${language}`);
      await accessible(page, `patrol order ${language}`);
      await page.locator('.card .actions button').nth(2).click();
      await page.focus('#reason');
      await page.keyboard.type('seen enough');
      await page.keyboard.press('Enter');
      await page.waitForSelector('[data-pointing=done]');
    },
  );
}

for (const [language, name] of [
  ['en', 'Tower 4, thermal camera'],
  ['ar', 'البرج 4، كاميرا حرارية'],
]) {
  await tally.check(`a sensor is asked to follow a track in ${language}`, async () => {
    await page.click(`button[lang=${language}]`);
    await page.click('#tab-tracks');
    await page.locator('[role=option]').first().click();
    await page.locator('[data-follow] button').click();
    await page.locator('form [name=follower]').first().check();
    await translated(page);
    await shoot(page, `fixture-follow-${language}`);
    await accessible(page, `follow form ${language}`);
    await page.focus('#reason');
    await page.keyboard.type('it must not be lost from sight');
    await page.keyboard.press('Enter');
    await page.waitForSelector('form', { state: 'detached' });
    await page.locator('.card button.link', { hasText: name }).first().click();
    await page.waitForSelector('[data-pointing=accepted]');
    await translated(page);
    await accessible(page, `follow order ${language}`);
    await page.locator('[data-pointing] button.link').click();
    await page.waitForSelector('[data-follow]');
  });
}

await tally.check('every list and form is accessible', async () => {
  for (const tab of ['tracks', 'sensors', 'units', 'stretches', 'places']) {
    await page.click(`#tab-${tab}`);
    await page.locator('[role=option]').first().click();
    await accessible(page, tab);
  }
  await page.click('#tab-alerts');
  await page.locator('[role=option]').first().click();
  await page.keyboard.press('c');
  await page.waitForSelector('form [name=outcome]');
  await accessible(page, 'close form');
  await page.keyboard.press('Escape');
  await page.keyboard.press('?');
  await page.waitForSelector('dialog[open]');
  await accessible(page, 'help');
  await page.keyboard.press('Escape');
});

await tally.check('the page complained of nothing and asked nobody else', async () => {
  must(!complaints.length, complaints.join('\n'));
  must(!strangers.length, strangers.join('\n'));
});

await tally.check('a lost station is said at once, and the picture returns with it', async () => {
  const port = Number(new URL(station.address).port);
  station.close();
  await page.waitForSelector('.stale[role=alert]', { timeout: 10_000 });
  station = await serve({ port });
  await page.waitForSelector('.stale[role=alert]', { state: 'detached', timeout: 20_000 });
  must((await page.locator('.link.lost').count()) === 0, 'the link still counts as lost');
});

await browser.close();
station.close();
tally.end();

/** The pages about the station itself, built, on a station made of answers: settings, network, vault, health, audit. */
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { base, open, submit } from './built';

describe('settings', () => {
  const field = (path: string) => `[data-setting="${path}"]`;
  const valueOf = (request: Record<string, unknown> | undefined, path: string) => {
    const [group, name] = path.split('.') as [string, string];
    return (request?.['settings'] as Record<string, Record<string, unknown>>)[group]![name];
  };

  it('shows every field with a name and a word about it, and saves what was changed on the version it was read at', async () => {
    const { page, station, close } = await open('settings');
    await page.waitForSelector(field('clock.ntp_server'));
    // The mock's broker is an external one with TLS: no field has a reason to be hidden.
    expect(await page.locator('[data-setting]').count()).toBe(71);
    const short = await page.locator('[data-setting]').evaluateAll((all) => all.filter((one) => (one.textContent ?? '').trim().length < 30).map((one) => one.getAttribute('data-setting')));
    expect(short).toEqual([]);
    expect(await page.locator('[data-unsaved]').count()).toBe(0);
    await page.fill('[name="station.name"]', 'Kantin Baru');
    await page.click(`${field('counter.mute')} [role=switch]`);
    await page.waitForSelector('[data-unsaved="2"]');
    await submit(page);
    await page.waitForSelector('text=Pengaturan tersimpan');
    const [sent] = station.asked('settings.set');
    expect(sent?.['version']).toBe(14);
    expect([valueOf(sent, 'station.name'), valueOf(sent, 'counter.mute'), valueOf(sent, 'broker.host')]).toEqual(['Kantin Baru', true, 'mqtt.kampus.ac.id']);
    expect(await page.locator('[data-unsaved]').count()).toBe(0);
    await close();
  });

  it('takes one change back, or all of them', async () => {
    const { page, station, close } = await open('settings');
    await page.fill('[name="station.name"]', 'X');
    await page.fill('[name="counter.volume"]', 'keras');
    await page.waitForSelector(`${field('counter.volume')} [role=alert]`);
    expect(await page.locator('footer button[type=submit]').isDisabled()).toBe(true);
    await page.click(`${field('counter.volume')} .undo`);
    expect(await page.inputValue('[name="counter.volume"]')).toBe('70');
    await page.waitForSelector('[data-unsaved="1"]');
    await page.click('text=Urungkan semua');
    expect(await page.inputValue('[name="station.name"]')).toBe('Kantin Teknik');
    expect(station.calls).not.toContain('settings.set');
    await close();
  });

  it("the station's no stands at its field until the field is changed", async () => {
    const { page, close } = await open('settings');
    await page.fill('[name="clock.ntp_server"]', 'ntp://a');
    await submit(page);
    await page.waitForSelector(`${field('clock.ntp_server')} [role=alert]:has-text("ntp://a")`);
    await page.fill('[name="clock.ntp_server"]', 'ntp.example.id');
    expect(await page.locator(`${field('clock.ntp_server')} [role=alert]`).count()).toBe(0);
    await submit(page);
    await page.waitForSelector('text=Pengaturan tersimpan');
    await close();
  });

  it('a version that somebody else saved is not overwritten, and nothing typed is lost', async () => {
    const { page, station, close } = await open('settings');
    await page.fill('[name="counter.volume"]', '40');
    station.elsewhere((settings) => (settings.station.name = 'Kantin Kita'));
    await submit(page);
    await page.waitForSelector('[data-stale]');
    expect(await page.inputValue('[name="counter.volume"]')).toBe('40');
    await page.click('text=Terapkan perubahan saya');
    await submit(page);
    await page.waitForSelector('text=Pengaturan tersimpan');
    const sent = station.asked('settings.set').at(-1);
    expect([sent?.['version'], valueOf(sent, 'counter.volume'), valueOf(sent, 'station.name')]).toEqual([15, 40, 'Kantin Kita']);
    await close();
  });

  it('weakening the two-person rule is asked for alone, and waits', async () => {
    const { page, station, close } = await open('settings');
    await page.click(`${field('security.two_person')} [role=switch]`);
    await page.fill('[name="counter.volume"]', '40');
    await page.waitForSelector(`${field('security.two_person')} [role=alert]`);
    await page.click(`${field('counter.volume')} .undo`);
    await submit(page);
    await page.waitForSelector('[data-waiting="3"]');
    expect(station.asked('settings.set')).toHaveLength(1);
    expect(await page.locator(`${field('security.two_person')} [role=switch]`).getAttribute('data-state')).toBe('checked');
    await page.click('[data-waiting] button >> nth=0');
    await page.waitForSelector('[data-page=approvals]');
    await close();
  });

  it('is there to be read by who may not change it', async () => {
    const { page, close } = await open('settings', { role: 'auditor' });
    await page.waitForSelector(field('clock.ntp_server'));
    expect(await page.locator('fieldset input:enabled, fieldset select:enabled, fieldset [role=switch]:enabled, footer button[type=submit]').count()).toBe(0);
    await page.click(`${field('network.console_on_lan')} button`);
    await page.waitForSelector('[data-page=network]');
    await close();
  });

  it('is searched, and jumped through on a small screen', async () => {
    const { page, close } = await open('settings', {}, { width: 800, height: 480 });
    await page.selectOption('select.jump', 'clock');
    await page.waitForSelector('[name="clock.http_url"]');
    expect(await page.locator('[name="clock.ntp_server"]').evaluate((one) => one.getBoundingClientRect().bottom < innerHeight)).toBe(true);
    await page.fill('[data-page=settings] input[type=search]', 'faktor kedua');
    await page.waitForFunction(() => document.querySelectorAll('[data-setting]').length === 1);
    await page.fill('[data-page=settings] input[type=search]', 'zzz');
    await page.click('text=Hapus pencarian');
    await page.waitForSelector(field('station.name'));
    await close();
  });
});

describe('network', () => {
  it('is opened only after a look at what is not met, and then tells phones where to go', async () => {
    const { page, station, close } = await open('network');
    await page.waitForSelector('[data-check=owner]');
    expect(await page.locator('[data-install]').count()).toBe(0);
    await page.click('text=Buka untuk jaringan lokal…');
    await page.waitForSelector('[role=dialog] [data-check=second_factor]');
    expect(await page.locator('[role=dialog] [data-check]').count()).toBe(3);
    await page.keyboard.press('Escape');
    expect(station.calls).not.toContain('settings.set');
    await page.click('text=Buka untuk jaringan lokal…');
    await page.click('[role=dialog] button[type=submit]');
    await page.waitForSelector('[data-lan]');
    expect(await page.textContent('[data-install]')).toContain('http://192.168.1.5:8888/ca');
    const [sent] = station.asked('settings.set') as { version: number; settings: { network: object; station: object } }[];
    expect(sent?.version).toBe(14);
    expect(sent?.settings.network).toMatchObject({ console_on_lan: true, readers_on_lan: true, http_port: 8888 });
    expect(sent?.settings.station).toEqual({ name: 'Kantin Teknik', language: 'id' });
    await close();
  });

  it('trouble with the certificate is told, with the station\'s own words and the way to what to do', async () => {
    const { page, close } = await open('network', { trouble: true });
    expect(await page.textContent('[data-trouble]')).toContain('the keychain is locked');
    await page.click('[data-trouble] button');
    await page.waitForSelector('[data-page=health]');
    await close();
  });

  it('a new authority is made after a warning, and its fingerprint is another', async () => {
    const { page, station, close } = await open('network');
    const before = await page.textContent('[data-fingerprint]');
    expect(before?.replace(/\s/g, '')).toBe('9F2C41D07BE35A86'.repeat(4));
    await page.click('text=Buat otoritas baru…');
    await page.waitForSelector('[role=dialog] [role=alert]');
    expect(station.calls).not.toContain('network.renew_ca');
    await page.click('[role=dialog] button[type=submit]');
    await page.waitForFunction((old) => document.querySelector('[data-fingerprint]')?.textContent !== old, before);
    expect(await page.textContent('[data-refused=handshake]')).toBe('1.204');
    await close();
  });

  it('an administrator opens it, and leaves the authority alone; an auditor only looks', async () => {
    for (const [role, opens] of [['administrator', 1], ['auditor', 0]] as const) {
      const { page, close } = await open('network', { role });
      await page.waitForSelector('[data-check=owner]');
      expect(await page.locator('text=Buka untuk jaringan lokal…').count(), role).toBe(opens);
      expect(await page.locator('text=Buat otoritas baru…').count(), role).toBe(0);
      await close();
    }
  });
});

describe('vault', () => {
  it('says loudly what is missing, by name, and what to do', async () => {
    const { page, close } = await open('vault', { trouble: true });
    expect(await page.textContent('[data-missing="2"]')).toContain('Kunci pembaca: kantin-01');
    expect(await page.textContent('[data-unfinished]')).toContain('gerai vault migrate');
    expect(await page.textContent('[data-kind=reader-key]')).toContain('2 hilang');
    await close();
  });

  it('is sealed anew, and says what stayed and why', async () => {
    const { page, station, close } = await open('vault');
    expect(await page.textContent('[data-kind=broker-password]')).toContain('12 hari yang lalu');
    await page.click('text=Segel ulang semua');
    expect(station.calls).not.toContain('vault.rotate');
    await page.click('[role=dialog] button[type=submit]');
    await page.waitForSelector('[data-rotated="23"]');
    expect(await page.textContent('[data-kept=reader-key]')).toContain('14');
    expect(await page.textContent('[data-kept=new-kind]')).toContain('something outside the station may hold it');
    await close();
  });

  it('that does not answer cannot be sealed anew', async () => {
    const { page, close } = await open('vault', { empty: true });
    expect(await page.textContent('[data-away]')).toContain('the keychain is locked');
    expect(await page.locator('button:has-text("Segel ulang semua")').isDisabled()).toBe(true);
    await close();
  });

  it('is shown to administrators, rotated by owners, and no tab for others', async () => {
    const admin = await open('vault', { role: 'administrator' });
    await admin.page.waitForSelector('[data-kind]');
    expect(await admin.page.locator('button:has-text("Segel ulang semua")').count()).toBe(0);
    await admin.close();
    const operator = await open('vault', { role: 'operator' });
    await operator.page.waitForSelector('[data-page=refused]');
    expect(operator.station.calls).not.toContain('vault.status');
    await operator.page.goto(`${base}/#/settings`);
    await operator.page.waitForSelector('[data-setting]');
    expect(await operator.page.locator('[role=radiogroup] label').allInnerTexts()).toEqual(['Pengaturan', 'Jaringan']);
    await operator.close();
  });
});

describe('health', () => {
  it('every row speaks the language of the screen, and a used recovery file is acknowledged', async () => {
    const { page, station, close } = await open('health', { trouble: true });
    await page.waitForSelector('[data-part=recovery]');
    expect(await page.textContent('[data-page=health]')).not.toContain('station: ');
    await page.click('[data-part=recovery] button');
    await page.waitForSelector('[data-part=recovery]', { state: 'detached' });
    expect(station.calls).toContain('recovery.seen');
    await page.click('[data-part=vault] button');
    await page.waitForSelector('[data-page=vault]');
    await close();
  });
});

describe('the audit trail', () => {
  it('exported whole leaves its own record; filtered it is only read', async () => {
    const { page, station, close } = await open('audit');
    await page.waitForSelector('tbody tr');
    const save = async () => {
      const [file] = await Promise.all([page.waitForEvent('download'), page.click('button:has-text("Ekspor")')]);
      const lines = (await readFile((await file.path())!, 'utf8')).trimEnd().split('\n');
      return lines.map((line) => (JSON.parse(line) as { id: number; result: string }));
    };
    const whole = await save();
    expect([whole.length, whole[0]?.id, whole.at(-1)?.id]).toEqual([60, 1783, 1842]);
    expect(station.asked('audit.export')).toEqual([{ after: 0, limit: 200 }]);
    await page.click('label:has-text("Ditolak")');
    await page.waitForFunction(() => document.querySelectorAll('tbody tr').length < 60);
    const refused = await save();
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.every((row) => row.result === 'refused')).toBe(true);
    expect(station.asked('audit.export')).toHaveLength(1);
    await close();
  });
});

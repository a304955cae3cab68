import { describe, expect, test } from 'vitest';
import { backportsEntry } from '../../scripts/lib/aptSources.js';
import { asShell, parseRelease, planInstall } from '../../scripts/lib/debian.js';

const deb822 = `# the machine's own mirror
Types: deb deb-src
URIs: https://mirror.example.org/debian
Suites: bookworm bookworm-updates
# half of it
Components: main contrib
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mDMEY865UxYJKwYBBAHaRw8BAQdAd7Z0srwuhlB6JKFkcf4HU4SSS
 -----END PGP PUBLIC KEY BLOCK-----

Types: deb
URIs: https://mirror.example.org/debian-security
Suites: bookworm-security
Components: main
`;
const oneLine = `# deb cdrom:[Debian]/ bookworm main
deb-src https://mirror.example.org/debian bookworm main
deb [arch=amd64 signed-by=/usr/share/keyrings/a.gpg] https://mirror.example.org/debian bookworm main contrib # main
deb https://mirror.example.org/debian-security bookworm-security main
`;
const sources = (text: string) => ({ path: '/etc/apt/sources.list.d/debian.sources', text });
const list = (text: string) => ({ path: '/etc/apt/sources.list', text });

describe('backportsEntry', () => {
  test('deb822: the same mirror and key, other suite, binaries of main only', () => {
    expect(backportsEntry([list(''), sources(deb822)], 'bookworm')).toEqual({
      path: '/etc/apt/sources.list.d/tabgrad-backports.sources',
      text: `Types: deb
URIs: https://mirror.example.org/debian
Suites: bookworm-backports
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mDMEY865UxYJKwYBBAHaRw8BAQdAd7Z0srwuhlB6JKFkcf4HU4SSS
 -----END PGP PUBLIC KEY BLOCK-----
`,
    });
  });

  test('one-line: the same mirror and options', () => {
    expect(backportsEntry([list(oneLine)], 'bookworm')).toEqual({
      path: '/etc/apt/sources.list.d/tabgrad-backports.list',
      text: 'deb [arch=amd64 signed-by=/usr/share/keyrings/a.gpg] https://mirror.example.org/debian bookworm-backports main\n',
    });
    expect(
      backportsEntry([list('deb https://mirror.example.org/debian bookworm main')], 'bookworm'),
    ).toMatchObject({
      text: 'deb https://mirror.example.org/debian bookworm-backports main\n',
    });
  });

  test('nothing to add where backports are on, unless they are switched off', () => {
    const added =
      'Types: deb\nURIs: https://mirror.example.org/debian\nSuites: bookworm-backports\nComponents: main\n';
    const entry = { path: '/etc/apt/sources.list.d/b.sources', text: added };
    expect(backportsEntry([sources(deb822), entry], 'bookworm')).toBe('present');
    expect(
      backportsEntry([list(`${oneLine}deb https://x.example bookworm-backports main`)], 'bookworm'),
    ).toBe('present');
    const off = { ...entry, text: `Enabled: no\n${added}` };
    expect(backportsEntry([sources(deb822), off], 'bookworm')).toMatchObject({
      path: expect.stringMatching(/tabgrad-backports\.sources$/),
    });
    expect(
      backportsEntry([list(`${oneLine}# deb https://x.example bookworm-backports main`)], 'bookworm'),
    ).toMatchObject({
      text: expect.stringContaining('mirror.example.org'),
    });
  });

  test('nothing to derive it from', () => {
    expect(backportsEntry([sources(deb822), list(oneLine)], 'trixie')).toBeUndefined();
    expect(backportsEntry([sources(''), list('garbage\n:\n\n')], 'bookworm')).toBeUndefined();
  });
});

describe('planInstall', () => {
  const bookworm = { id: 'debian', codename: 'bookworm' };
  const both = { chromium: true, vulkan: true };
  const commands = (...args: Parameters<typeof planInstall>) =>
    planInstall(...args).map(({ command }) =>
      command.filter((word) => !/^(env|DEBIAN_|--no-|-y)/.test(word)).join(' '),
    );

  test('Debian 12: Mesa from backports, also where the lists are still empty', () => {
    for (const mesa of [22, undefined]) {
      expect(commands(both, bookworm, mesa, [sources(deb822)])).toEqual([
        'tee /etc/apt/sources.list.d/tabgrad-backports.sources',
        'apt-get update',
        'apt-get install chromium fonts-liberation',
        'apt-get install -t bookworm-backports mesa-vulkan-drivers',
      ]);
    }
  });

  test('a Mesa that is new enough comes as it is', () => {
    expect(commands(both, { id: 'debian', codename: 'trixie' }, 25, [])).toEqual([
      'apt-get update',
      'apt-get install chromium fonts-liberation mesa-vulkan-drivers',
    ]);
    expect(commands({ chromium: false, vulkan: true }, { id: 'ubuntu', codename: 'jammy' }, 23, [])).toEqual([
      'apt-get update',
      'apt-get install mesa-vulkan-drivers',
    ]);
  });

  test('no sources to derive backports from: an error that says so', () => {
    expect(() => planInstall(both, bookworm, 22, [])).toThrow(/no entry for bookworm/);
    expect(() => planInstall({ chromium: true, vulkan: false }, bookworm, 22, [])).not.toThrow();
  });

  test('the steps as commands to type', () => {
    const text = asShell(planInstall({ chromium: false, vulkan: true }, bookworm, 22, [list(oneLine)]));
    expect(text).toBe(`  sudo tee /etc/apt/sources.list.d/tabgrad-backports.list <<'END'
deb [arch=amd64 signed-by=/usr/share/keyrings/a.gpg] https://mirror.example.org/debian bookworm-backports main
END
  sudo apt-get update
  sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends -t bookworm-backports mesa-vulkan-drivers`);
  });
});

test('parseRelease', () => {
  const text =
    'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\nID=debian\n';
  expect(parseRelease(text)).toEqual({ id: 'debian', codename: 'bookworm' });
  expect(parseRelease('')).toEqual({ id: '', codename: '' });
});

import { defineConfig } from '@playwright/test';
import type { Options } from './support/test';

const asRoot = process.getuid?.() === 0;

export default defineConfig<object, Options>({
  testDir: 'specs',
  outputDir: '../../test-results/browser',
  globalSetup: './support/build.ts',
  forbidOnly: true,
  retries: 0,
  workers: 2,
  // A busy machine is slow; a wait ends with its condition.
  timeout: 120_000,
  expect: { timeout: 20_000 },
  reporter: [['list']],
  use: {
    viewport: { width: 1440, height: 900 },
    locale: 'en-GB',
    timezoneId: 'Europe/Madrid',
    trace: 'retain-on-failure',
    launchOptions: {
      executablePath: process.env.CHARLA_CHROMIUM ?? '/usr/bin/chromium',
      args: [
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        // A test machine may have no network; these would look for one.
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        // A microphone that beeps, for whoever is allowed to use it.
        '--use-fake-device-for-media-stream',
        ...(asRoot ? ['--no-sandbox'] : []),
      ],
    },
  },
});

import type { Gsuite, GsuiteOptions } from './gsuite/contract.ts';
import { startGsuite } from './gsuite/emulator.ts';
import { type Clock, createClock } from './kit/clock.ts';
import { openTraffic } from './kit/traffic.ts';
import type { Office365, Office365Options } from './office365/contract.ts';
import { startOffice365 } from './office365/emulator.ts';
import type { Paypal, PaypalOptions } from './paypal/contract.ts';
import { startPaypal } from './paypal/emulator.ts';
import type { Quickbooks, QuickbooksOptions } from './quickbooks/contract.ts';
import { startQuickbooks } from './quickbooks/emulator.ts';
import type { Ringcentral, RingcentralOptions } from './ringcentral/contract.ts';
import { startRingcentral } from './ringcentral/emulator.ts';
import type { Xero, XeroOptions } from './xero/contract.ts';
import { startXero } from './xero/emulator.ts';

/** Every emulator, by the name of the connector it answers. */
export const emulators = {
  gsuite: startGsuite,
  office365: startOffice365,
  paypal: startPaypal,
  quickbooks: startQuickbooks,
  ringcentral: startRingcentral,
  xero: startXero,
} as const;

export interface EmulatorOptions {
  /** One clock for all. Default: real time, turned by `clock.turn`. */
  clock?: Clock;
  /**
   * File to which every exchange is appended. Default: `TRAFFIC_LOG` of the environment, if set. `null`: nothing is recorded,
   * for tests that break the service's rules on purpose.
   */
  traffic?: string | null;
  gsuite?: Omit<GsuiteOptions, 'clock' | 'traffic'>;
  office365?: Omit<Office365Options, 'clock' | 'traffic'>;
  paypal?: Omit<PaypalOptions, 'clock' | 'traffic'>;
  quickbooks?: Omit<QuickbooksOptions, 'clock' | 'traffic'>;
  ringcentral?: Omit<RingcentralOptions, 'clock' | 'traffic'>;
  xero?: Omit<XeroOptions, 'clock' | 'traffic'>;
}

export interface Emulators {
  /** Address by connector and API: what `SWITCHBOARD_HOSTS` takes. */
  hosts: { readonly [connector: string]: { readonly [api: string]: string } };
  clock: Clock;
  gsuite: Gsuite;
  office365: Office365;
  paypal: Paypal;
  quickbooks: Quickbooks;
  ringcentral: Ringcentral;
  xero: Xero;
  /** Ends the servers; open connections are cut. Twice does no harm. */
  close(): Promise<void>;
}

/** Starts all emulators on the loopback interface. */
export async function startEmulators(options: EmulatorOptions = {}): Promise<Emulators> {
  const clock = options.clock ?? createClock();
  const traffic = openTraffic(options.traffic === undefined ? process.env.TRAFFIC_LOG : (options.traffic ?? undefined));
  const gsuite = await emulators.gsuite({ ...options.gsuite, clock, traffic });
  const office365 = await emulators.office365({ ...options.office365, clock, traffic });
  const paypal = await emulators.paypal({ ...options.paypal, clock, traffic });
  const quickbooks = await emulators.quickbooks({ ...options.quickbooks, clock, traffic });
  const ringcentral = await emulators.ringcentral({ ...options.ringcentral, clock, traffic });
  const xero = await emulators.xero({ ...options.xero, clock, traffic });
  let closing: Promise<void> | undefined;
  const end = async (): Promise<void> => {
    await Promise.all([gsuite.close(), office365.close(), paypal.close(), quickbooks.close(), ringcentral.close(), xero.close()]);
    traffic?.close();
  };
  return {
    hosts: {
      gsuite: gsuite.hosts,
      office365: office365.hosts,
      paypal: paypal.hosts,
      quickbooks: quickbooks.hosts,
      ringcentral: ringcentral.hosts,
      xero: xero.hosts,
    },
    clock,
    gsuite,
    office365,
    paypal,
    quickbooks,
    ringcentral,
    xero,
    close: () => (closing ??= end()),
  };
}

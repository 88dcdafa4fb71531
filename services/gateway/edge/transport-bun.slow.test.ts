import { requires } from '../../runtime/requires.ts';
import { transportLimitsContract } from './transport-limits.contract.ts';

transportLimitsContract('Bun', { transport: 'bun' }, 1_000);
requires('openssl').describe('with TLS', () => transportLimitsContract('Bun with TLS', { transport: 'bun', tls: true }, 200));

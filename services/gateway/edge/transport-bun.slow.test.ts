import { requires } from '../../runtime/requires.ts';
import { transportContract } from './transport.contract.ts';
import { transportLimitsContract } from './transport-limits.contract.ts';

transportLimitsContract('Bun', { transport: 'bun' }, 1_000);
requires('openssl').describe('with TLS', () => {
  transportContract('Bun with TLS', { transport: 'bun', tls: true });
  transportLimitsContract('Bun with TLS', { transport: 'bun', tls: true }, 200);
});

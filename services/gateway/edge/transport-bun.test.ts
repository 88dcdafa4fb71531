import { requires } from '../../runtime/requires.ts';
import { transportContract } from './transport.contract.ts';

transportContract('Bun', { transport: 'bun' });
requires('openssl').describe('with TLS', () => transportContract('Bun with TLS', { transport: 'bun', tls: true }));

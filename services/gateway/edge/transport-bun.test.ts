import { transportContract } from './transport.contract.ts';

transportContract('Bun', { transport: 'bun' });

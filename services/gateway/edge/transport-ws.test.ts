import { requires } from '../../runtime/requires.ts';
import { transportContract } from './transport.contract.ts';

requires('node').describe('with Node', () => transportContract('Node with ws', { transport: 'ws' }));

import { describeCursorCase } from './case-g6-cursor.contract.ts';
import { TestBox } from './test-box.harness.ts';

describeCursorCase('a box in memory', () => TestBox.start());

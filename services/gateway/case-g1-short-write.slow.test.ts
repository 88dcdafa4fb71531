import { BoxProcess } from './box-process.harness.ts';
import { describeShortWriteCase } from './case-g1-short-write.contract.ts';

describeShortWriteCase('embedded backends', (...settings) => BoxProcess.start(...settings));

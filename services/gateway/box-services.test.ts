import { BoxProcess } from './box-process.harness.ts';
import { describeBoxServices } from './box-services.contract.ts';

describeBoxServices('embedded backends', (...settings) => BoxProcess.start(...settings));

/** The process `llb-lens`: everything else is loaded once compiled code can be taken from the last start. */
import { keepCompiledCode } from './kept-code';

keepCompiledCode();
void import('./start');

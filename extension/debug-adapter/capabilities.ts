/** What `initialize` promises; a recorded session shows each of these at work. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import { exceptionFilters } from './breakpoints';

export const capabilities: DebugProtocol.Capabilities = {
  supportsConfigurationDoneRequest: true,
  supportsBreakpointLocationsRequest: true,
  supportsConditionalBreakpoints: true,
  supportsHitConditionalBreakpoints: true,
  supportsLogPoints: true,
  supportsFunctionBreakpoints: true,
  supportsInstructionBreakpoints: true,
  supportsDataBreakpoints: true,
  supportsExceptionFilterOptions: true,
  exceptionBreakpointFilters: [...exceptionFilters],
  supportsExceptionInfoRequest: true,
  supportsStepBack: true,
  supportsStepInTargetsRequest: true,
  supportsGotoTargetsRequest: true,
  supportsRestartFrame: true,
  supportsRestartRequest: true,
  supportsSetVariable: true,
  supportsEvaluateForHovers: true,
  supportsCompletionsRequest: true,
  completionTriggerCharacters: ['$', '/', ' '],
  supportsDisassembleRequest: true,
  supportsTerminateRequest: true,
  supportTerminateDebuggee: true,
};

import { Token } from '@lumino/coreutils';

import type { Actions } from './actions';
import type { LearningModel } from './model';

/** What the plugins share: the learner's work, and what can be done with it. */
export interface ILearning {
  model: LearningModel;
  actions: Actions;
}

export const ILearning = new Token<ILearning>(
  'jupyter-nbquest:ILearning',
  "The learner's courses, assignments and progress."
);

export namespace CommandIDs {
  export const showPanel = 'nbquest:show-panel';
  export const refresh = 'nbquest:refresh';
  export const fetch = 'nbquest:fetch';
  export const open = 'nbquest:open';
  export const validate = 'nbquest:validate';
  export const submit = 'nbquest:submit';
}

/** The name under which translations of this extension are found. */
export const TRANSLATION_DOMAIN = 'jupyter_nbquest';

import type { TranslationBundle } from '@jupyterlab/translation';
import { createContext, useContext } from 'react';

import type { IItem, Verb } from '../items';

/** What every component needs: words, the locale, and what can be done. */
export interface IPanelContext {
  trans: TranslationBundle;
  locale: string;
  run: (verb: Verb, item: IItem) => void;
  toggleResult: (item: IItem) => void;
  wishDraft: (item: IItem, wanted: boolean) => void;
  show: (course: string, assignment: string) => void;
  reload: () => void;
}

export const PanelContext = createContext<IPanelContext | null>(null);

export function usePanel(): IPanelContext {
  const context = useContext(PanelContext);
  if (!context) {
    throw new Error('usePanel outside of the panel');
  }
  return context;
}

import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { IStatusBar } from '@jupyterlab/statusbar';
import {
  ITranslator,
  nullTranslator,
  TranslationBundle
} from '@jupyterlab/translation';
import { ReactWidget, UseSignal } from '@jupyterlab/ui-components';
import React from 'react';

import type { LearningModel } from '../model';
import { localeOf, number } from '../time';
import { CommandIDs, ILearning, TRANSLATION_DOMAIN } from '../tokens';

/** Level and XP in the status bar. */
export const status: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-nbquest:status',
  description: 'Shows level and XP in the status bar.',
  autoStart: true,
  requires: [ILearning, IStatusBar],
  optional: [ITranslator],
  activate: (
    app: JupyterFrontEnd,
    { model }: ILearning,
    statusBar: IStatusBar,
    translator: ITranslator | null
  ): void => {
    const { languageCode } = translator ?? nullTranslator;
    const trans = (translator ?? nullTranslator).load(TRANSLATION_DOMAIN);
    const open = () => void app.commands.execute(CommandIDs.showPanel);
    const item = ReactWidget.create(
      <UseSignal signal={model.changed}>
        {() => (
          <StatusXp
            model={model}
            trans={trans}
            locale={localeOf(languageCode)}
            open={open}
          />
        )}
      </UseSignal>
    );
    statusBar.registerStatusItem('jupyter-nbquest:status', {
      item,
      align: 'right',
      rank: 50,
      isActive: () => model.me !== null,
      activeStateChanged: model.changed
    });
  }
};

function StatusXp(props: {
  model: LearningModel;
  trans: TranslationBundle;
  locale: string;
  open: () => void;
}): JSX.Element | null {
  const { model, trans, locale, open } = props;
  if (!model.me) {
    return null;
  }
  const { level, xp, next_level_at } = model.me.progress;
  const text = trans.__(
    'Level %1 · %2 XP',
    number(level, locale),
    number(xp, locale)
  );
  const more = trans.__(
    '%1 XP to level %2. Open courses and assignments.',
    number(next_level_at - xp, locale),
    number(level + 1, locale)
  );
  return (
    <button
      type="button"
      className="jp-NbquestStatus"
      data-nbquest="status-xp"
      title={more}
      aria-label={`${text}. ${more}`}
      onClick={open}
    >
      {text}
    </button>
  );
}

import {
  ILabShell,
  ILayoutRestorer,
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { IStateDB } from '@jupyterlab/statedb';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { nbquestIcon } from '../icons';
import { localeOf } from '../time';
import { CommandIDs, ILearning, TRANSLATION_DOMAIN } from '../tokens';
import { NbquestPanel } from '../widget';

const SHOWN_KEY = 'jupyter-nbquest:shown';

/** The panel at the left. */
export const panel: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-nbquest:panel',
  description: 'Lists courses and assignments at the left.',
  autoStart: true,
  requires: [ILearning],
  optional: [ITranslator, ILayoutRestorer, ILabShell, IStateDB],
  activate: (
    app: JupyterFrontEnd,
    { model, actions }: ILearning,
    translator: ITranslator | null,
    restorer: ILayoutRestorer | null,
    labShell: ILabShell | null,
    state: IStateDB | null
  ): void => {
    const { languageCode } = translator ?? nullTranslator;
    const trans = (translator ?? nullTranslator).load(TRANSLATION_DOMAIN);
    const widget = new NbquestPanel(model, {
      trans,
      locale: localeOf(languageCode),
      run: (verb, item) => void actions.run(verb, item),
      toggleResult: item => void actions.toggleResult(item),
      wishDraft: (item, wanted) => void actions.wishDraft(item, wanted),
      show: (course, assignment) => widget.reveal(course, assignment),
      reload: () => void model.load()
    });
    widget.title.icon = nbquestIcon;
    widget.title.caption = trans.__('nbquest: courses and assignments');
    app.shell.add(widget, 'left', { rank: 150 });
    restorer?.add(widget, widget.id);

    app.commands.addCommand(CommandIDs.showPanel, {
      label: trans.__('Show Courses and Assignments'),
      icon: nbquestIcon,
      execute: () => app.shell.activateById(widget.id)
    });
    app.commands.addCommand(CommandIDs.refresh, {
      label: trans.__('Refresh Courses and Assignments'),
      execute: () => model.load()
    });

    // The first time in a workspace the panel opens by itself: it is where a learner begins.
    void Promise.all([state?.fetch(SHOWN_KEY), labShell?.restored]).then(
      ([shown]) => {
        if (!shown) {
          app.shell.activateById(widget.id);
          void state?.save(SHOWN_KEY, true);
        }
      }
    );
  }
};

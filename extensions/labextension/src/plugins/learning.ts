import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { Actions } from '../actions';
import { Client } from '../client';
import { Documents } from '../documents';
import { EventStream } from '../events';
import { LearningModel } from '../model';
import { localeOf } from '../time';
import { ILearning, TRANSLATION_DOMAIN } from '../tokens';

/** Keeps what is known of the learner's work. */
export const learning: JupyterFrontEndPlugin<ILearning> = {
  id: 'jupyter-nbquest:learning',
  description: "Keeps the learner's courses, assignments and progress.",
  autoStart: true,
  requires: [IDocumentManager],
  optional: [ITranslator],
  provides: ILearning,
  activate: (
    app: JupyterFrontEnd,
    manager: IDocumentManager,
    translator: ITranslator | null
  ): ILearning => {
    const settings = app.serviceManager.serverSettings;
    const documents = new Documents(manager, app.shell);
    const model = new LearningModel(
      new Client(settings),
      new EventStream(settings),
      documents
    );
    const trans = (translator ?? nullTranslator).load(TRANSLATION_DOMAIN);
    // Which notebooks are open decides what comes next.
    app.shell.currentChanged?.connect(() => model.changed.emit());
    void model.load();
    const locale = localeOf((translator ?? nullTranslator).languageCode);
    return { model, actions: new Actions(model, documents, trans, locale) };
  }
};

import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { IItem, Verb, VERBS } from '../items';
import { CommandIDs, ILearning, TRANSLATION_DOMAIN } from '../tokens';

/** The same actions as commands, for the palette and for shortcuts. */
export const commands: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-nbquest:commands',
  description: 'Adds commands to fetch, open, validate and submit.',
  autoStart: true,
  requires: [ILearning],
  optional: [ITranslator, ICommandPalette, INotebookTracker],
  activate: (
    app: JupyterFrontEnd,
    { model, actions }: ILearning,
    translator: ITranslator | null,
    palette: ICommandPalette | null,
    tracker: INotebookTracker | null
  ): void => {
    const trans = (translator ?? nullTranslator).load(TRANSLATION_DOMAIN);
    const labels: Record<Verb, string> = {
      fetch: trans.__("Fetch This Notebook's Assignment Again"),
      open: trans.__("Open This Notebook's Assignment"),
      validate: trans.__("Validate This Notebook's Assignment"),
      submit: trans.__("Submit This Notebook's Assignment")
    };
    /** The assignment that the arguments name, else the current notebook's. */
    const find = (args: Record<string, unknown>): IItem | null => {
      if (
        typeof args.course === 'string' &&
        typeof args.assignment === 'string'
      ) {
        return model.find(args.course, args.assignment);
      }
      const path = tracker?.currentWidget?.context.path;
      return path ? model.findByPath(path) : null;
    };
    for (const verb of VERBS) {
      app.commands.addCommand(CommandIDs[verb], {
        label: labels[verb],
        isEnabled: args => find(args) !== null,
        execute: async args => {
          const item = find(args);
          if (item) {
            if (verb !== 'open') {
              void app.commands.execute(CommandIDs.showPanel);
            }
            await actions.run(verb, item);
          }
        }
      });
    }
    model.changed.connect(() => app.commands.notifyCommandChanged());
    const category = 'nbquest';
    for (const command of [
      CommandIDs.showPanel,
      CommandIDs.refresh,
      CommandIDs.validate,
      CommandIDs.submit,
      CommandIDs.fetch
    ]) {
      palette?.addItem({ command, category });
    }
  }
};

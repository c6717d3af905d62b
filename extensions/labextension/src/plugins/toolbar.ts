import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import type { DocumentRegistry } from '@jupyterlab/docregistry';
import type { INotebookModel, NotebookPanel } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { ToolbarButton } from '@jupyterlab/ui-components';
import { DisposableDelegate } from '@lumino/disposable';

import { whyNot } from '../items';
import { CommandIDs, ILearning, TRANSLATION_DOMAIN } from '../tokens';

/** A Submit button on the toolbar of notebooks that belong to an assignment. */
export const toolbar: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-nbquest:toolbar',
  description: "Adds a Submit button to an assignment's notebooks.",
  autoStart: true,
  requires: [ILearning],
  optional: [ITranslator],
  activate: (
    app: JupyterFrontEnd,
    { model }: ILearning,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load(TRANSLATION_DOMAIN);
    app.docRegistry.addWidgetExtension('Notebook', {
      createNew: (
        notebook: NotebookPanel,
        context: DocumentRegistry.IContext<INotebookModel>
      ) => {
        const find = () => model.findByPath(context.path);
        const button = new ToolbarButton({
          label: trans.__('Submit'),
          tooltip: trans.__('Save, hand in and have it graded'),
          // Read each time that the button is drawn.
          get disabledTooltip() {
            const item = find();
            return (item && whyNot(item)) ?? undefined;
          },
          className: 'jp-NbquestSubmit',
          onClick: () => {
            const item = find();
            if (item) {
              void app.commands.execute(CommandIDs.submit, {
                course: item.course.slug,
                assignment: item.work.assignment.slug
              });
            }
          }
        });
        button.node.dataset.nbquest = 'toolbar-submit';
        const update = () => {
          const item = find();
          button.setHidden(item === null);
          button.enabled =
            !item?.busy && !item?.pending && !(item && whyNot(item));
          button.update(); // the reason may be another one
        };
        update();
        model.changed.connect(update);
        context.pathChanged.connect(update);
        notebook.toolbar.insertBefore('spacer', 'nbquest-submit', button);
        return new DisposableDelegate(() => {
          model.changed.disconnect(update);
          context.pathChanged.disconnect(update);
          button.dispose();
        });
      }
    });
  }
};

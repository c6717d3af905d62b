import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { IDocumentManager } from '@jupyterlab/docmanager';

/** The learner's open documents. */
export class Documents {
  constructor(
    private _manager: IDocumentManager,
    private _shell: JupyterFrontEnd.IShell
  ) {}

  /** Say whether one of `paths` is open. */
  isOpen(paths: string[]): boolean {
    return paths.some(path => this._manager.findWidget(path, null));
  }

  /** Say whether one of `paths` is what the learner looks at. */
  isInFront(paths: string[]): boolean {
    const current = this._shell.currentWidget;
    return (
      current !== null &&
      paths.some(path => this._manager.findWidget(path, null) === current)
    );
  }

  /** Open the notebook at `path`, or bring it to the front. */
  async open(path: string): Promise<void> {
    const widget = this._manager.openOrReveal(path);
    await widget?.context.ready;
  }

  /** Save what is open and unsaved of `paths`; throw with the path of the first that can't be saved. */
  async save(paths: string[]): Promise<void> {
    for (const path of paths) {
      const context = this._manager.findWidget(path, null)?.context;
      if (!context) {
        continue;
      }
      await context.ready;
      if (context.model.dirty && !context.model.readOnly) {
        try {
          await context.save();
        } catch {
          throw new SaveError(path);
        }
        if (context.model.dirty) {
          throw new SaveError(path);
        }
      }
    }
  }

  /** Show what is on disk now in what is open of `paths`. */
  async reload(paths: string[]): Promise<void> {
    for (const path of paths) {
      const context = this._manager.findWidget(path, null)?.context;
      if (context) {
        await context.ready;
        await context.revert();
      }
    }
  }
}

/** A notebook could not be saved. */
export class SaveError extends Error {
  constructor(readonly path: string) {
    super(path);
  }
}

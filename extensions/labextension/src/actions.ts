import { Dialog, showDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';

import { RequestError } from './client';
import { Documents, SaveError } from './documents';
import { hasNewVersion, IItem, INotice, notebookPaths, Verb } from './items';
import type { LearningModel } from './model';
import { number } from './time';
import type { IFetched, ISubmission } from './types';

/** What the buttons and commands do. Each tells its outcome in the assignment's own place. */
export class Actions {
  constructor(
    private _model: LearningModel,
    private _documents: Documents,
    private _trans: TranslationBundle,
    private _locale: string
  ) {}

  /** Do `verb` with an assignment. Never throws: what goes wrong is told in the panel. */
  async run(verb: Verb, item: IItem): Promise<void> {
    const { course, work } = item;
    const session = this._model.session(course.slug, work.assignment.slug);
    if (session.busy) {
      return;
    }
    session.busy = verb;
    session.notice = null;
    session.fresh = false;
    this._model.changed.emit();
    try {
      session.notice = await this[verb](item);
    } catch (error) {
      session.notice = { kind: 'error', lines: [this._explain(error)] };
    } finally {
      session.busy = null;
      this._model.changed.emit();
    }
  }

  /** Show or hide the last result of an assignment. */
  async toggleResult(item: IItem): Promise<void> {
    const session = this._model.session(
      item.course.slug,
      item.work.assignment.slug
    );
    session.fresh = false;
    session.showDetails = !(session.showDetails && session.submission);
    this._model.changed.emit();
    if (session.showDetails) {
      try {
        await this._model.loadResult(item);
      } catch (error) {
        session.notice = { kind: 'error', lines: [this._explain(error)] };
        this._model.changed.emit();
      }
    }
  }

  /** Say whether what is saved is to be handed in when it is due. */
  async wishDraft(item: IItem, wanted: boolean): Promise<void> {
    const { course, work } = item;
    const session = this._model.session(course.slug, work.assignment.slug);
    if (session.wishing !== null) {
      return;
    }
    session.wishing = wanted;
    session.notice = null;
    this._model.changed.emit();
    try {
      if (wanted && item.local) {
        await this._documents.save(notebookPaths(item.local));
      }
      work.draft = await this._model.client.wishDraft(
        course.slug,
        work.assignment.slug,
        wanted
      );
    } catch (error) {
      session.notice = { kind: 'error', lines: [this._explain(error)] };
    } finally {
      session.wishing = null;
      this._model.changed.emit();
      this._model.refresh();
    }
  }

  private async fetch(item: IItem): Promise<INotice | null> {
    const trans = this._trans;
    if (item.local) {
      await this._documents.save(notebookPaths(item.local));
      await this._model.loadLocal();
      const now = this._model.find(
        item.course.slug,
        item.work.assignment.slug
      );
      if (now?.local?.changed && !hasNewVersion(now)) {
        if (!(await this._confirmFetchAgain())) {
          return null;
        }
      }
    }
    const fetched = await this._model.client.fetch(
      item.course.slug,
      item.work.assignment.slug
    );
    this._model.session(
      item.course.slug,
      item.work.assignment.slug
    ).validation = null;
    await this._model.loadLocal();
    this._model.refresh(); // the time of an exam begins with the first fetch
    await this._documents.reload(
      fetched.written.map(path => `${fetched.folder}/${path}`)
    );
    return {
      kind: 'info',
      lines: [
        fetched.written.length
          ? trans.__('Fetched into the folder %1.', fetched.folder)
          : trans.__('You have the newest version already.'),
        ...this._kept(fetched)
      ]
    };
  }

  private async _confirmFetchAgain(): Promise<boolean> {
    const trans = this._trans;
    const answer = await showDialog({
      title: trans.__('Fetch again?'),
      body: trans.__(
        'The assignment starts anew. Your work is kept in a copy beside it, named “… (my work, with date and time)”.'
      ),
      buttons: [
        Dialog.cancelButton({ label: trans.__('Cancel') }),
        Dialog.okButton({ label: trans.__('Keep a copy and fetch') })
      ]
    });
    return answer.button.accept;
  }

  private _kept(fetched: IFetched): string[] {
    return fetched.kept.map(({ path, kept_as }) =>
      this._trans.__('Your changed %1 is kept as “%2”.', path, kept_as)
    );
  }

  private async open(item: IItem): Promise<INotice | null> {
    if (!item.local) {
      return this._fetchFirst();
    }
    const [first] = notebookPaths(item.local);
    if (!first) {
      return {
        kind: 'info',
        lines: [
          this._trans.__(
            'This assignment has no notebook. Its files are in the folder %1.',
            item.local.folder
          )
        ]
      };
    }
    await this._documents.open(first);
    return null;
  }

  private async validate(item: IItem): Promise<INotice | null> {
    if (!item.local) {
      return this._fetchFirst();
    }
    await this._documents.save(notebookPaths(item.local));
    const session = this._model.session(
      item.course.slug,
      item.work.assignment.slug
    );
    session.validation = await this._model.client.validate(
      item.course.slug,
      item.work.assignment.slug
    );
    return null;
  }

  private async submit(item: IItem): Promise<INotice | null> {
    if (!item.local) {
      return this._fetchFirst();
    }
    await this._documents.save(notebookPaths(item.local));
    try {
      const submission = await this._send(item, null);
      if (submission) {
        this._model.expect(submission);
      }
    } finally {
      this._model.refresh(); // taken or refused: how it stands is no longer what was known
    }
    return null;
  }

  /**
   * Send; where it is late, ask first whether it is worth its price. The site's clock tells both, so it is asked each
   * time: what was known when the panel loaded may be past. Null when the learner would rather not.
   */
  private async _send(
    item: IItem,
    accepted: number | null
  ): Promise<ISubmission | null> {
    try {
      return await this._model.client.submit(
        item.course.slug,
        item.work.assignment.slug,
        accepted
      );
    } catch (error) {
      if (
        !(error instanceof RequestError) ||
        error.code !== 'late-not-accepted'
      ) {
        throw error;
      }
      const price = Number(error.details.penalty_percent);
      return (await this._confirmLate(price, error.message))
        ? this._send(item, price)
        : null;
    }
  }

  private async _confirmLate(price: number, reason: string): Promise<boolean> {
    const trans = this._trans;
    const answer = await showDialog({
      title: trans.__('Submit late?'),
      body: reason,
      buttons: [
        Dialog.cancelButton({ label: trans.__('Not now') }),
        Dialog.okButton({
          label: price
            ? trans.__('Submit late, −%1 %', number(price, this._locale))
            : trans.__('Submit all the same')
        })
      ]
    });
    return answer.button.accept;
  }

  private _fetchFirst(): INotice {
    return {
      kind: 'error',
      lines: [
        this._trans.__(
          'This assignment is not in your files yet. Press Fetch first.'
        )
      ]
    };
  }

  private _explain(error: unknown): string {
    if (error instanceof SaveError) {
      return this._trans.__(
        '%1 could not be saved, so nothing was sent. Save it yourself, then try again.',
        error.path
      );
    }
    if (error instanceof TypeError || (error as Error).name === 'NetworkError') {
      return this._trans.__(
        'Your server does not answer. Check your connection, then try again.'
      );
    }
    return (error as Error).message;
  }
}

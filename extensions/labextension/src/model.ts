import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';

import { Client, RequestError } from './client';
import type { Documents } from './documents';
import type { EventStream } from './events';
import { IItem, ISession, keyOf, newSession, notebookPaths } from './items';
import { untilNext } from './time';
import type {
  ICourse,
  ICourseWork,
  IGradedEvent,
  ILocalAssignment,
  IMe,
  IProgress,
  ISubmission
} from './types';

/** While a submission is under way and no event came, its state is asked for this often. */
const POLL_MS = 5000;
/** Times are told as "in 9 minutes", so they are told anew this often. */
const TICK_MS = 30_000;
/** When something opens or closes for all, windows ask about it within this time, not all at once. */
const SPREAD_MS = 5000;

/** What is known of the learner's work, kept true by the site's events. */
export class LearningModel implements IDisposable {
  readonly changed = new Signal<this, void>(this);
  /** A result arrived, by event or by asking. */
  readonly resulted = new Signal<this, IItem>(this);

  constructor(
    readonly client: Client,
    private _events: EventStream,
    private _documents: Pick<Documents, 'isOpen' | 'isInFront'>
  ) {
    _events.grading.connect((_, event) => {
      const session = this.session(event.course, event.assignment);
      if (session.submission?.id !== event.submission_id) {
        session.pending = { id: event.submission_id, phase: 'grading' };
        this.changed.emit();
      }
    });
    _events.waiting.connect((_, event) => {
      const { pending } = this.session(event.course, event.assignment);
      if (pending?.id === event.submission_id && pending.phase === 'queued') {
        pending.waiting = event.waiting;
        this.changed.emit();
      }
    });
    _events.graded.connect((_, event) => this._onGraded(event));
    _events.handedIn.connect((_, event) => {
      const session = this.session(event.course, event.assignment);
      if (session.submission?.id !== event.submission_id) {
        session.pending = { id: event.submission_id, phase: 'queued' };
        this._watchPending();
      }
      this.changed.emit();
      this.refresh();
    });
    _events.draftLeft.connect((_, event) => {
      const session = this.session(event.course, event.assignment);
      session.notice = { kind: 'error', lines: [event.reason] };
      this.changed.emit();
      this.refresh();
    });
    _events.regraded.connect(() => void this.load());
    _events.reopened.connect(() => void this.load());
  }

  me: IMe | null = null;
  courses: ICourseWork[] = [];
  local: ILocalAssignment[] = [];
  /** Whether the first answer is still awaited. */
  isLoading = true;
  /** Why the site's answer is missing. */
  problem: Error | null = null;

  get isDisposed(): boolean {
    return this._disposed;
  }

  dispose(): void {
    if (this._disposed) {
      return;
    }
    this._disposed = true;
    window.clearTimeout(this._poll);
    window.clearTimeout(this._tick);
    this._events.dispose();
    Signal.clearData(this);
  }

  /** Ask for everything anew. */
  async load(): Promise<void> {
    const local = this.client.listLocal().catch(() => this.local);
    this._asked++;
    try {
      const [me, courses] = await Promise.all([
        this.client.getMe(),
        this.client.listCourses()
      ]);
      this.me = me;
      this.courses = courses;
      this.problem = null;
    } catch (error) {
      this.problem = error as Error;
    }
    this.local = await local;
    this.isLoading = false;
    this._watchPending();
    this._watchTime();
    this.changed.emit();
  }

  /** Ask anew for the overview alone. Where that fails, what is known stays, and the next load mends it. */
  refresh(): void {
    const asked = ++this._asked;
    this.client
      .listCourses()
      .then(courses => {
        if (asked === this._asked) {
          // else a later answer is on its way, or here
          this.courses = courses;
          this.changed.emit();
        }
      })
      .catch(() => undefined)
      .finally(() => this._watchTime());
  }

  async loadLocal(): Promise<void> {
    this.local = await this.client.listLocal();
    this.changed.emit();
  }

  /** Return what this window knows of an assignment; the same object each time. */
  session(course: string, assignment: string): ISession {
    const key = keyOf(course, assignment);
    let session = this._sessions.get(key);
    if (!session) {
      session = newSession();
      this._sessions.set(key, session);
    }
    return session;
  }

  /** Return the items of a course, in the course's order. */
  items(course: ICourseWork): IItem[] {
    return [...course.assignments]
      .sort((a, b) => a.assignment.position - b.assignment.position)
      .map(work => this._item(course.course, work));
  }

  find(course: string, assignment: string): IItem | null {
    const found = this.courses.find(each => each.course.slug === course);
    const work = found?.assignments.find(
      each => each.assignment.slug === assignment
    );
    return found && work ? this._item(found.course, work) : null;
  }

  /** Return the assignment that the file at `path` belongs to. */
  findByPath(path: string): IItem | null {
    const local = this.local.find(each => notebookPaths(each).includes(path));
    return local ? this.find(local.course, local.assignment) : null;
  }

  /** A submission was taken in: await its result. */
  expect(submission: ISubmission): void {
    const session = this.session(submission.course, submission.assignment);
    if (submission.state === 'queued' || submission.state === 'grading') {
      // The result may have come by event before the answer to the submission did.
      if (session.submission?.id !== submission.id) {
        session.pending = {
          id: submission.id,
          phase: submission.state,
          waiting: submission.waiting
        };
      }
      this._watchPending();
    } else {
      this._take(submission, null);
    }
    this.changed.emit();
  }

  /** Load the latest result of an assignment, where there is one and it isn't here. */
  async loadResult(item: IItem): Promise<void> {
    const id = item.work.latest_submission;
    if (!id || item.submission?.id === id) {
      return;
    }
    const submission = await this.client.getSubmission(id);
    if (submission.result) {
      this.session(submission.course, submission.assignment).submission =
        submission;
    }
    this.changed.emit();
  }

  private _item(course: ICourse, work: IItem['work']): IItem {
    const slug = work.assignment.slug;
    const local =
      this.local.find(
        each => each.course === course.slug && each.assignment === slug
      ) ?? null;
    return {
      ...this.session(course.slug, slug),
      key: keyOf(course.slug, slug),
      course,
      work,
      local,
      isOpen: local !== null && this._documents.isOpen(notebookPaths(local)),
      isInFront:
        local !== null && this._documents.isInFront(notebookPaths(local))
    };
  }

  private _onGraded({ submission, progress }: IGradedEvent): void {
    const session = this.session(submission.course, submission.assignment);
    if (session.submission?.id === submission.id && session.streak) {
      return; // replayed after a break
    }
    this._take(submission, progress);
    this.refresh();
  }

  private _take(submission: ISubmission, progress: IProgress | null): void {
    const session = this.session(submission.course, submission.assignment);
    const levelBefore = this.me?.progress.level;
    if (session.pending?.id === submission.id) {
      session.pending = null;
    }
    const newest = session.submission?.number ?? 0;
    if (submission.number < newest) {
      return;
    }
    session.submission = submission;
    session.fresh = true;
    session.showDetails = true;
    session.validation = null;
    session.streak = progress?.streak ?? null;
    if (this.me && progress) {
      this.me = { ...this.me, progress };
      session.levelReached =
        levelBefore !== undefined && progress.level > levelBefore
          ? progress.level
          : null;
    }
    this._update(submission);
    this.changed.emit();
    const item = this.find(submission.course, submission.assignment);
    if (item) {
      this.resulted.emit(item);
    }
  }

  /** Put a result into the overview at once, before the overview is asked for anew. */
  private _update(submission: ISubmission): void {
    const { course, assignment, result } = submission;
    const work = this.find(course, assignment)?.work;
    if (work && submission.state !== 'queued') {
      work.state = submission.state;
      work.latest_submission = submission.id;
      if (result && submission.state === 'graded') {
        work.best_score = Math.max(work.best_score ?? 0, result.score);
      }
    }
  }

  /** Keep what is told of times true: draw it anew as they go by, and ask anew when one of them comes. */
  private _watchTime(): void {
    window.clearTimeout(this._tick);
    if (this._disposed) {
      return;
    }
    const standings = this.courses.flatMap(course =>
      course.assignments.map(work => work.standing)
    );
    const now = new Date();
    const change = untilNext(
      standings.flatMap(each => [
        each.opens_at,
        each.due_at,
        each.closes_at,
        each.exam_ends_at
      ]),
      now
    );
    // The end of a wait needs no asking: it is known to the moment.
    const ready = untilNext(
      standings.map(each => each.next_allowed_at),
      now
    );
    const tick = Math.min(TICK_MS, ready);
    this._tick =
      change <= tick
        ? window.setTimeout(
            () => this.refresh(),
            change + Math.random() * SPREAD_MS
          )
        : window.setTimeout(() => {
            this.changed.emit();
            this._watchTime();
          }, tick);
  }

  /** Ask for results that no event brought, for as long as one is awaited. */
  private _watchPending(): void {
    window.clearTimeout(this._poll);
    for (const { course, assignments } of this.courses) {
      for (const work of assignments) {
        const session = this.session(course.slug, work.assignment.slug);
        if (work.state === 'grading' && work.latest_submission) {
          session.pending ??= { id: work.latest_submission, phase: 'queued' };
        }
      }
    }
    if ([...this._sessions.values()].some(session => session.pending)) {
      this._poll = window.setTimeout(() => void this._ask(), POLL_MS);
    }
  }

  private async _ask(): Promise<void> {
    for (const session of this._sessions.values()) {
      const id = session.pending?.id;
      if (!id) {
        continue;
      }
      try {
        const submission = await this.client.getSubmission(id);
        if (session.pending?.id !== id) {
          continue; // the event came meanwhile
        }
        if (submission.state === 'queued' || submission.state === 'grading') {
          session.pending = {
            id,
            phase: submission.state,
            waiting: submission.waiting
          };
        } else {
          const me = await this.client.getMe();
          this._take(submission, me.progress);
        }
      } catch (error) {
        if (
          error instanceof RequestError &&
          error.code === 'submission-not-found'
        ) {
          session.pending = null;
        }
      }
    }
    this._watchPending();
    this.changed.emit();
  }

  private _sessions = new Map<string, ISession>();
  private _poll = 0;
  private _tick = 0;
  private _asked = 0;
  private _disposed = false;
}

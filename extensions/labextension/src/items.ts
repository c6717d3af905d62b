import type {
  IAssignmentWork,
  ICourse,
  ILocalAssignment,
  IStreak,
  ISubmission,
  IValidation,
  IWaiting
} from './types';

/** What a learner can do with an assignment, in the order in which it is usually done. */
export const VERBS = ['fetch', 'open', 'validate', 'submit'] as const;
export type Verb = (typeof VERBS)[number];

export interface INotice {
  kind: 'info' | 'error';
  lines: string[];
}

/** What this window knows of an assignment beyond what is stored. */
export interface ISession {
  busy: Verb | null;
  /** What was just wished about the draft, until the site has answered. */
  wishing: boolean | null;
  /** The submission that is under way. */
  pending: {
    id: string;
    phase: 'queued' | 'grading';
    /** Where it stands while it is queued, as far as that is known. */
    waiting?: IWaiting | null;
  } | null;
  notice: INotice | null;
  validation: IValidation | null;
  submission: ISubmission | null;
  /** The streak as it was when the result arrived; null for a result from before. */
  streak: IStreak | null;
  levelReached: number | null;
  /** The result arrived just now, so it may be celebrated once. */
  fresh: boolean;
  showDetails: boolean;
}

/** One assignment, as the panel shows it. */
export interface IItem extends ISession {
  key: string;
  course: ICourse;
  work: IAssignmentWork;
  local: ILocalAssignment | null;
  isOpen: boolean;
  /** One of its notebooks is what the learner looks at. */
  isInFront: boolean;
}

export function newSession(): ISession {
  return {
    busy: null,
    wishing: null,
    pending: null,
    notice: null,
    validation: null,
    submission: null,
    streak: null,
    levelReached: null,
    fresh: false,
    showDetails: false
  };
}

export function keyOf(course: string, assignment: string): string {
  return `${course}/${assignment}`;
}

/** Return the paths of an assignment's notebooks, from the server's root. */
export function notebookPaths(local: ILocalAssignment): string[] {
  return local.notebooks.map(name => `${local.folder}/${name}`);
}

export function hasNewVersion(item: IItem): boolean {
  return (
    item.local !== null &&
    item.work.assignment.version > item.local.fetched_version
  );
}

export function hasAllPoints(item: IItem): boolean {
  return (
    item.work.best_score !== null &&
    item.work.best_score >= item.work.max_score
  );
}

export function passedAll(validation: IValidation): boolean {
  return validation.cells.every(
    cell => cell.status === 'passed' || cell.status === 'not-run'
  );
}

/** Return why an assignment can't be handed in now, in the site's words; null where it can. */
export function whyNot(item: IItem): string | null {
  const { state, reason, next_allowed_at } = item.work.standing;
  const waited =
    next_allowed_at !== null && new Date(next_allowed_at) <= new Date();
  return state === 'open' || state === 'late' || waited ? null : reason;
}

/** Return the one main action of an assignment now; null while it is graded and when nothing is left to do. */
export function nextVerb(item: IItem): Verb | null {
  const closed = whyNot(item) !== null;
  if (closed && !MAY_BEGIN.has(item.work.standing.state)) {
    return null;
  }
  if (!item.local || hasNewVersion(item)) {
    return 'fetch';
  }
  if (item.pending || item.work.state === 'grading' || hasAllPoints(item)) {
    return null;
  }
  if (!item.isOpen && !item.validation) {
    return 'open';
  }
  if (item.validation && passedAll(item.validation)) {
    return closed ? null : 'submit';
  }
  return 'validate';
}

/** Working on it makes sense although it can't be handed in at this moment. */
const MAY_BEGIN = new Set(['not-fetched', 'cooling-down']);

/** Return the key of the one assignment to go on with: the one in front, else one begun, else the first not done. */
export function findCurrentKey(items: IItem[]): string | null {
  const undone = items.filter(item => nextVerb(item) !== null);
  const current =
    undone.find(item => item.isInFront) ??
    undone.find(item => item.local && item.work.state === 'not-submitted') ??
    undone[0];
  return current?.key ?? null;
}

/** What the site and the learner's own server answer. */

export interface IPerson {
  name: string;
  display_name: string;
  time_zone: string;
  is_admin: boolean;
}

export interface IStreak {
  current: number;
  longest: number;
  kept_today: boolean;
}

export interface IProgress {
  xp: number;
  level: number;
  level_floor: number;
  next_level_at: number;
  streak: IStreak;
}

export interface IMe {
  person: IPerson;
  progress: IProgress;
}

export interface ICourse {
  slug: string;
  title: string;
  description: string;
}

export interface IAssignment {
  slug: string;
  title: string;
  description: string;
  due_at: string | null;
  points: number;
  version: number;
  position: number;
}

export type WorkState =
  'not-submitted' | 'grading' | 'graded' | 'could-not-grade';

export interface IAssignmentWork {
  assignment: IAssignment;
  state: WorkState;
  best_score: number | null;
  max_score: number;
  latest_submission: string | null;
  submissions: number;
  late: boolean;
}

export interface ICourseWork {
  course: ICourse;
  role: string;
  assignments: IAssignmentWork[];
}

export interface ICellOutcome {
  notebook: string;
  grade_id: string;
  score: number;
  max_score: number;
  status:
    'passed' | 'partial' | 'failed' | 'error' | 'timeout' | 'not-run' | 'manual';
  message: string | null;
  hidden: boolean;
}

export interface INextStep {
  course: string;
  assignment: string;
  title: string;
  reason: string;
}

export interface IResult {
  status: string;
  score: number;
  max_score: number;
  needs_manual: string[];
  repairs: string[];
  message: string | null;
  cells: ICellOutcome[];
  graded_at: string;
  xp_gained: number;
  next_step: INextStep | null;
}

export interface ISubmission {
  id: string;
  course: string;
  assignment: string;
  assignment_title: string;
  number: number;
  submitted_at: string;
  late: boolean;
  state: 'queued' | 'grading' | 'graded' | 'could-not-grade';
  message?: string | null;
  result: IResult | null;
}

/** The answers of the learner's own server. */
export interface ILocalAssignment {
  course: string;
  assignment: string;
  fetched_version: number;
  folder: string;
  notebooks: string[];
  changed: boolean;
}

export interface IFetched {
  folder: string;
  version: number;
  written: string[];
  kept: { path: string; kept_as: string }[];
}

export interface IValidation {
  cells: {
    notebook: string;
    grade_id: string;
    status: 'passed' | 'failed' | 'error' | 'timeout' | 'not-run';
    message: string | null;
  }[];
  problems: { notebook: string; cell: number; message: string }[];
  repairs: string[];
}

export interface IGradingEvent {
  submission_id: string;
  course: string;
  assignment: string;
}

export interface IGradedEvent {
  submission: ISubmission;
  progress: IProgress;
}

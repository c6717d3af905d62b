import type { components } from './api';

/** What the site answers: generated from its description. */
type Schemas = components['schemas'];

export type IMe = Schemas['Me'];
export type IProgress = Schemas['Progress'];
export type IStreak = Schemas['Streak'];
export type ICourse = Schemas['Course'];
export type ICourseWork = Schemas['CourseWork'];
export type IAssignmentWork = Schemas['AssignmentWork'];
export type IStanding = Schemas['Standing'];
export type IResult = Schemas['Result'];
export type ISubmission = Schemas['Submission'];
export type IWaiting = Schemas['Waiting'];

/** What the learner's own server answers. */
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

/** What the site's events carry. */
export interface IWaitingEvent {
  submission_id: string;
  course: string;
  assignment: string;
  waiting: IWaiting;
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

import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';

import type {
  ICourseWork,
  IDraft,
  IFetched,
  ILocalAssignment,
  IMe,
  ISubmission,
  IValidation
} from './types';

/** An answer that says what went wrong, in words for the learner. */
export class RequestError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly details: Record<string, unknown> = {}
  ) {
    super(message);
  }
}

/** Speaks with the learner's own server, which passes on what is the site's. */
export class Client {
  constructor(readonly settings: ServerConnection.ISettings) {}

  getMe(): Promise<IMe> {
    return this._request('GET', 'api/me');
  }

  async listCourses(): Promise<ICourseWork[]> {
    const answer = await this._request<{ items: ICourseWork[] }>(
      'GET',
      'api/courses'
    );
    return answer.items;
  }

  getSubmission(id: string): Promise<ISubmission> {
    return this._request('GET', `api/submissions/${encodeURIComponent(id)}`);
  }

  async listLocal(): Promise<ILocalAssignment[]> {
    const answer = await this._request<{ items: ILocalAssignment[] }>(
      'GET',
      'local'
    );
    return answer.items;
  }

  fetch(course: string, assignment: string): Promise<IFetched> {
    return this._act(course, assignment, 'fetch');
  }

  validate(course: string, assignment: string): Promise<IValidation> {
    return this._act(course, assignment, 'validate');
  }

  /** Hand in; late work only with the percentage of its points that the learner agreed to lose. */
  submit(
    course: string,
    assignment: string,
    acceptPenaltyPercent: number | null
  ): Promise<ISubmission> {
    return this._act(course, assignment, 'submit', {
      accept_penalty_percent: acceptPenaltyPercent
    });
  }

  /** Say whether what is saved is to be handed in when it is due. */
  wishDraft(
    course: string,
    assignment: string,
    wanted: boolean
  ): Promise<IDraft> {
    return this._act(course, assignment, 'draft', { wanted });
  }

  private _act<T>(
    course: string,
    assignment: string,
    verb: string,
    body?: object
  ) {
    const path = ['courses', course, 'assignments', assignment, verb];
    return this._request<T>(
      'POST',
      path.map(encodeURIComponent).join('/'),
      body
    );
  }

  private async _request<T>(
    method: string,
    path: string,
    body?: object
  ): Promise<T> {
    const url = URLExt.join(this.settings.baseUrl, 'nbquest', path);
    const response = await ServerConnection.makeRequest(
      url,
      { method, ...(body && { body: JSON.stringify(body) }) },
      this.settings
    );
    const text = await response.text();
    let data: unknown;
    try {
      data = JSON.parse(text);
    } catch {
      data = null;
    }
    if (!response.ok || data === null) {
      const error = (
        data as {
          error?: {
            code?: string;
            message?: string;
            details?: Record<string, unknown>;
          };
        } | null
      )?.error;
      throw new RequestError(
        error?.code ?? `status-${response.status}`,
        error?.message ?? `${response.status} ${response.statusText}`,
        error?.details
      );
    }
    return data as T;
  }
}

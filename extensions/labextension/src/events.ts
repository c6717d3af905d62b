import { URLExt } from '@jupyterlab/coreutils';
import type { ServerConnection } from '@jupyterlab/services';
import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';

import type {
  IDraftHandedInEvent,
  IDraftLeftEvent,
  IGradedEvent,
  IGradingEvent,
  IWaitingEvent
} from './types';

const FIRST_PAUSE = 1000;
const LONGEST_PAUSE = 30000;
/** A hidden window lets go of its stream after this long, so that an idle server may be stopped. */
const HIDDEN_GRACE = 5 * 60 * 1000;

/**
 * The site's events, as they come. The connection is renewed when it breaks, with the last event's id, so that what
 * happened in between arrives too.
 */
export class EventStream implements IDisposable {
  readonly waiting = new Signal<this, IWaitingEvent>(this);
  readonly grading = new Signal<this, IGradingEvent>(this);
  readonly graded = new Signal<this, IGradedEvent>(this);
  /** What was saved last was handed in when it was due. */
  readonly handedIn = new Signal<this, IDraftHandedInEvent>(this);
  /** It could not be handed in. */
  readonly draftLeft = new Signal<this, IDraftLeftEvent>(this);
  /** Corrected tests or a lowered penalty changed what counts, or XP. */
  readonly regraded = new Signal<this, void>(this);
  /** The stream is open again after a break: who shows state should load it anew. */
  readonly reopened = new Signal<this, void>(this);

  constructor(settings: ServerConnection.ISettings) {
    this._settings = settings;
    document.addEventListener('visibilitychange', this._onVisibility);
    this._open();
  }

  get isDisposed(): boolean {
    return this._disposed;
  }

  dispose(): void {
    if (this._disposed) {
      return;
    }
    this._disposed = true;
    document.removeEventListener('visibilitychange', this._onVisibility);
    this._close();
    Signal.clearData(this);
  }

  private _open(): void {
    this._close();
    const source = new EventSource(this._address());
    this._source = source;
    source.onopen = () => {
      this._pause = FIRST_PAUSE;
      if (this._openedBefore) {
        this.reopened.emit();
      }
      this._openedBefore = true;
    };
    source.onerror = () => {
      // The browser renews a broken connection by itself; one that was refused it gives up, so then we try.
      if (source.readyState === EventSource.CLOSED) {
        this._close();
        this._timer = window.setTimeout(() => this._open(), this._pause);
        this._pause = Math.min(this._pause * 2, LONGEST_PAUSE);
      }
    };
    source.addEventListener('submission.waiting', event => {
      this._pass(event, data => this.waiting.emit(data as IWaitingEvent));
    });
    source.addEventListener('submission.grading', event => {
      this._pass(event, data => this.grading.emit(data as IGradingEvent));
    });
    source.addEventListener('submission.graded', event => {
      this._pass(event, data => this.graded.emit(data as IGradedEvent));
    });
    source.addEventListener('submission.handed-in', event => {
      this._pass(event, data =>
        this.handedIn.emit(data as IDraftHandedInEvent)
      );
    });
    source.addEventListener('draft.left', event => {
      this._pass(event, data => this.draftLeft.emit(data as IDraftLeftEvent));
    });
    for (const kind of ['submission.regraded', 'submission.penalty-lowered']) {
      source.addEventListener(kind, event => {
        this._pass(event as MessageEvent<string>, () => this.regraded.emit());
      });
    }
  }

  private _pass(event: MessageEvent<string>, emit: (data: unknown) => void) {
    this._lastId = event.lastEventId || this._lastId;
    let data: unknown;
    try {
      data = JSON.parse(event.data);
    } catch {
      console.warn('nbquest: an event could not be read');
      return;
    }
    emit(data);
  }

  private _address(): string {
    const query = new URLSearchParams({ no_track_activity: '1' });
    if (this._lastId) {
      query.set('after', this._lastId);
    }
    // An EventSource can't set headers: what Lab sends in headers elsewhere goes into the query here.
    const { baseUrl, token, appendToken } = this._settings;
    if (appendToken && token) {
      query.set('token', token);
    }
    const xsrf = /(?:^|;\s*)_xsrf=([^;]*)/.exec(document.cookie)?.[1];
    if (xsrf) {
      query.set('_xsrf', decodeURIComponent(xsrf));
    }
    return `${URLExt.join(baseUrl, 'nbquest/api/events')}?${query.toString()}`;
  }

  private _close(): void {
    window.clearTimeout(this._timer);
    this._source?.close();
    this._source = null;
  }

  private _onVisibility = (): void => {
    window.clearTimeout(this._hiddenTimer);
    if (document.hidden) {
      this._hiddenTimer = window.setTimeout(
        () => this._close(),
        HIDDEN_GRACE
      );
    } else if (!this._source && !this._disposed) {
      this._open();
    }
  };

  private _settings: ServerConnection.ISettings;
  private _source: EventSource | null = null;
  private _timer = 0;
  private _hiddenTimer = 0;
  private _pause = FIRST_PAUSE;
  private _lastId = '';
  private _openedBefore = false;
  private _disposed = false;
}

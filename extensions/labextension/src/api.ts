// Generated from docs/reference/openapi.json by `npm run generate`. Do not edit.

export interface paths {
    "/services/nbquest/api/courses": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Course Work
         * @description Return the courses that the caller may learn or teach, with their own state in each.
         */
        get: operations["list_courses"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/services/nbquest/api/courses/{course}/assignments/{assignment}/draft": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Draft
         * @description Return what becomes of the caller's saved work when the assignment is due.
         */
        get: operations["get_draft"];
        /**
         * Save Draft
         * @description Keep what the caller saved in place of what was kept before. Send digests first: most often they are enough.
         */
        put: operations["save_draft"];
        /**
         * Want Draft
         * @description Have what the caller last saved handed in when it is due, if they have not handed in since.
         */
        post: operations["want_draft"];
        /**
         * Drop Draft
         * @description Take the wish back; what was kept for it is deleted.
         */
        delete: operations["drop_draft"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/services/nbquest/api/courses/{course}/assignments/{assignment}/draft/files": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Draft Files
         * @description Return what the caller last saved of the assignment, if they wish that it is handed in when it is due.
         */
        get: operations["list_draft_files"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/services/nbquest/api/courses/{course}/assignments/{assignment}/draft/files/{path}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Draft File
         * @description Return a notebook of the caller's exactly as it was last saved. Its ETag is its SHA-256.
         */
        get: operations["get_draft_file"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/services/nbquest/api/courses/{course}/assignments/{assignment}/extensions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Extend
         * @description Give a person or a group more than everybody has. What they were late with before costs less at once.
         */
        post: operations["extend"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/services/nbquest/api/courses/{course}/assignments/{assignment}/regrades": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Start Regrade
         * @description Begin a regrade by the newest version as a dry run: nothing changes before it is applied.
         */
        post: operations["start_regrade"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/services/nbquest/api/courses/{course}/assignments/{assignment}/release": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Release
         * @description Return the newest version of an assignment, as learners fetch it: without solutions and hidden tests.
         */
        get: operations["get_release"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/services/nbquest/api/courses/{course}/assignments/{assignment}/similarity": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Report Similarity
         * @description Return which learners' submissions have passages in common, for which there may be many reasons.
         *
         *     `apart_groups`: members of the same group of the course are not compared.
         */
        get: operations["report_similarity"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/services/nbquest/api/courses/{course}/assignments/{assignment}/similarity/{left}/{right}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Compare Submissions
         * @description Return two of the compared submissions with the passages that both have.
         */
        get: operations["compare_submissions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/services/nbquest/api/courses/{course}/assignments/{assignment}/submissions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Submit
         * @description Store a submission and have it graded. The result comes as an event, and at `api/submissions/{id}`.
         */
        post: operations["submit"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/services/nbquest/api/courses/{course}/certificates": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Certificates
         * @description Return how each assignment's tests run, why, and what its author should look at. For who teaches the course.
         */
        get: operations["list_certificates"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/services/nbquest/api/courses/{course}/extensions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Extensions
         * @description Return all that was given in the course, newest first, what was withdrawn too.
         */
        get: operations["list_extensions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/services/nbquest/api/courses/{course}/extensions/{extension}/withdraw": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Withdraw Extension
         * @description Let an extension hold no more. What was handed in under it keeps what it has.
         */
        post: operations["withdraw_extension"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/services/nbquest/api/courses/{course}/regrades": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Regrades
         * @description Return the course's regrades, newest first.
         */
        get: operations["list_regrades"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/services/nbquest/api/courses/{course}/regrades/{regrade}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Regrade
         * @description Return a regrade with what it changes, person by person and cell by cell; those who lose come first.
         */
        get: operations["get_regrade"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/services/nbquest/api/courses/{course}/regrades/{regrade}/apply": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Apply Regrade
         * @description Let its grades count, and tell the learners whose score or XP changes. A second time changes nothing.
         */
        post: operations["apply_regrade"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/services/nbquest/api/courses/{course}/regrades/{regrade}/drop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Drop Regrade
         * @description Forget what it tried, also while it still grades; no grade changes.
         */
        post: operations["drop_regrade"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/services/nbquest/api/courses/{course}/set-aside": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Set Aside
         * @description Return what of the course could not be graded, newest first.
         */
        get: operations["list_set_aside"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/services/nbquest/api/courses/{course}/set-aside/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Retry Set Aside
         * @description Grade again what of the course could not be graded.
         */
        post: operations["retry_set_aside"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/services/nbquest/api/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Stream Events
         * @description Stream what happens to the caller as server-sent events.
         *
         *     `submission.waiting` (it moved up in the queue) carries `{submission_id, course, assignment, waiting}`;
         *     `submission.grading` carries `{submission_id, course, assignment}`; `submission.graded` carries
         *     `{submission, progress}` and an id, from which `Last-Event-ID` goes on after an interruption. `submission.regraded`,
         *     `submission.penalty-lowered`, `submission.handed-in` and `draft.left` have an id, too, and carry the notification's
         *     payload.
         */
        get: operations["stream_events"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/services/nbquest/api/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Health
         * @description Say that the service answers.
         */
        get: operations["get_health_services_nbquest_api_health_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/services/nbquest/api/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Me
         * @description Return who the caller is and where they stand.
         */
        get: operations["get_me"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/services/nbquest/api/notifications": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Notifications
         * @description Return the caller's notifications after an id, oldest first; without one the newest ones.
         */
        get: operations["list_notifications"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/services/nbquest/api/queue": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Queue
         * @description Return who grades, what waits for whom, and what could not be graded.
         */
        get: operations["get_queue"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/services/nbquest/api/queue/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Retry Queue
         * @description Grade again what could not be graded, once its cause is mended.
         */
        post: operations["retry_queue"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/services/nbquest/api/submissions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Submissions
         * @description Return submissions, newest first: the caller's own, or a whole course's for who teaches it.
         */
        get: operations["list_submissions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/services/nbquest/api/submissions/{submission_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Submission
         * @description Return a submission of the caller's own, or of a course that they teach.
         */
        get: operations["get_submission"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/services/nbquest/api/submissions/{submission_id}/files": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Submission Files
         * @description Return what was handed in: of a submission of the caller's own, or of a course that they teach.
         */
        get: operations["list_submission_files"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/services/nbquest/api/submissions/{submission_id}/files/{path}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Submission File
         * @description Return a notebook exactly as it was handed in. Its ETag is its SHA-256.
         */
        get: operations["get_submission_file"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * ApplyRegrade
         * @description How it is applied. `only_gains`: nobody loses; who would keeps the grade that they have.
         */
        ApplyRegrade: {
            /**
             * Only Gains
             * @default false
             */
            only_gains: boolean;
        };
        /**
         * Assignment
         * @description An assignment, at its newest version. `position` counts from 0; `opens_at` and `due_at` are everybody's.
         */
        Assignment: {
            /** Description */
            description: string;
            /** Due At */
            due_at: string | null;
            /** Opens At */
            opens_at?: string | null;
            /** Points */
            points: number;
            /** Position */
            position: number;
            /** Skills */
            skills: string[];
            /** Slug */
            slug: string;
            /** Title */
            title: string;
            /** Version */
            version: number;
        };
        /**
         * AssignmentCertificates
         * @description How an assignment's newest version is graded. `notes`: what making its release brought up.
         *
         *     `version` is null where nothing was published.
         */
        AssignmentCertificates: {
            /** Assignment */
            assignment: string;
            /** Notebooks */
            notebooks: components["schemas"]["NotebookCertificate"][];
            /** Notes */
            notes: string[];
            /** Title */
            title: string;
            /** Version */
            version: number | null;
        };
        /**
         * AssignmentWork
         * @description An assignment, and how far one person is with it. `state` is the latest submission's.
         *
         *     Scores are what is left after penalties: `best_score` of all submissions, `counted_score` of the one that the
         *     assignment's policy lets count.
         */
        AssignmentWork: {
            assignment: components["schemas"]["Assignment"];
            /** Best Score */
            best_score: number | null;
            /** Counted Score */
            counted_score: number | null;
            /** Counted Submission */
            counted_submission: string | null;
            draft: components["schemas"]["Draft"];
            /** Late */
            late: boolean;
            /** Latest Submission */
            latest_submission: string | null;
            /** Max Score */
            max_score: number;
            standing: components["schemas"]["Standing"];
            /**
             * State
             * @enum {string}
             */
            state: "not-submitted" | "grading" | "graded" | "could-not-grade";
            /** Submissions */
            submissions: number;
        };
        /**
         * CellChange
         * @description A graded cell whose outcome differs. A side is null where there is no such cell, or nothing was graded.
         */
        CellChange: {
            /** Grade Id */
            grade_id: string;
            /** Max After */
            max_after: number | null;
            /** Max Before */
            max_before: number | null;
            /** Notebook */
            notebook: string;
            /** Score After */
            score_after: number | null;
            /** Score Before */
            score_before: number | null;
            /** Status After */
            status_after: string | null;
            /** Status Before */
            status_before: string | null;
        };
        /**
         * CellOutcome
         * @description One graded cell. `message` is what the learner may see; `hidden`: the failure came from a hidden test.
         */
        CellOutcome: {
            /** Grade Id */
            grade_id: string;
            /** Hidden */
            hidden: boolean;
            /** Max Score */
            max_score: number;
            /** Message */
            message: string | null;
            /** Notebook */
            notebook: string;
            /** Score */
            score: number;
            /**
             * Status
             * @enum {string}
             */
            status: "passed" | "partial" | "failed" | "error" | "timeout" | "not-run" | "manual";
        };
        /**
         * CertificateList
         * @description How a course's assignments are graded, in order.
         */
        CertificateList: {
            /** Items */
            items: components["schemas"]["AssignmentCertificates"][];
        };
        /**
         * CommonPassage
         * @description A passage that both have, numbered from 1. `holders`: how many of the compared submissions have half of it.
         *
         *     `left_lines`, `right_lines`: how many lines it is on each side.
         */
        CommonPassage: {
            /** Holders */
            holders: number;
            /** Left Lines */
            left_lines: number;
            /** Number */
            number: number;
            /** Right Lines */
            right_lines: number;
        };
        /**
         * ComparedCell
         * @description A code cell of a learner's; `grade_id` is null where they added it.
         */
        ComparedCell: {
            /** Grade Id */
            grade_id: string | null;
            /** Lines */
            lines: components["schemas"]["ComparedLine"][];
            /** Notebook */
            notebook: string;
        };
        /**
         * ComparedLine
         * @description A line of a cell. `passage`: the number of the common passage that it belongs to.
         */
        ComparedLine: {
            /** Passage */
            passage: number | null;
            /** Text */
            text: string;
        };
        /**
         * Comparison
         * @description Two submissions side by side: their learners' own code cells, with the passages that both have.
         */
        Comparison: {
            /** Assignment */
            assignment: string;
            /** Compared */
            compared: number;
            /** Course */
            course: string;
            /** Left Cells */
            left_cells: components["schemas"]["ComparedCell"][];
            pair: components["schemas"]["SimilarPair"];
            /** Passages */
            passages: components["schemas"]["CommonPassage"][];
            /** Right Cells */
            right_cells: components["schemas"]["ComparedCell"][];
            /** Title */
            title: string;
        };
        /**
         * Course
         * @description A course as learners see it in a list. `time_zone`: that of the dates in its course.toml, if it names one.
         */
        Course: {
            /** Description */
            description: string;
            /**
             * Enrolment
             * @enum {string}
             */
            enrolment: "open" | "closed";
            /** Slug */
            slug: string;
            /** Time Zone */
            time_zone?: string | null;
            /** Title */
            title: string;
        };
        /**
         * CourseWork
         * @description A course, one person's role in it, and their own work.
         */
        CourseWork: {
            /** Assignments */
            assignments: components["schemas"]["AssignmentWork"][];
            course: components["schemas"]["Course"];
            /**
             * Role
             * @enum {string}
             */
            role: "learner" | "mentor" | "instructor";
        };
        /**
         * CourseWorkList
         * @description The courses of one person.
         */
        CourseWorkList: {
            /** Items */
            items: components["schemas"]["CourseWork"][];
        };
        /**
         * Draft
         * @description What becomes of what a person saves of an assignment. `wanted`: it is to be handed in for them when it is due.
         *
         *     `saved_at`: when the site got what it would hand in now. `hands_in_at`: when that would be; null where it is never
         *     done, for nothing is due, or it was, or no submission is left.
         */
        Draft: {
            /** Hands In At */
            hands_in_at: string | null;
            /** Saved At */
            saved_at: string | null;
            /** Wanted */
            wanted: boolean;
        };
        /**
         * ErrorAnswer
         * @description The one shape of every error.
         */
        ErrorAnswer: {
            error: components["schemas"]["ErrorBody"];
        };
        /**
         * ErrorBody
         * @description What went wrong.
         */
        ErrorBody: {
            /** Code */
            code: string;
            /** Details */
            details: {
                [key: string]: unknown;
            };
            /** Message */
            message: string;
        };
        /**
         * Extension
         * @description What was given, by whom and when. `granted_by` and `withdrawn_by` are null where nobody is known any more.
         *
         *     `withdrawn_at`: from then on it holds no more; null while it does. `lowered`: how many late submissions of before
         *     came to cost less by it.
         */
        Extension: {
            /** Assignment */
            assignment: string;
            /** Due At */
            due_at?: string | null;
            /**
             * Extra Attempts
             * @default 0
             */
            extra_attempts: number;
            /**
             * Extra Minutes
             * @default 0
             */
            extra_minutes: number;
            /**
             * Granted At
             * Format: date-time
             */
            granted_at: string;
            /** Granted By */
            granted_by: string | null;
            /** Group */
            group?: string | null;
            /** Id */
            id: number;
            /** Late Until */
            late_until?: string | null;
            /** Lowered */
            lowered: number;
            /** Person */
            person?: string | null;
            /** Reason */
            reason: string;
            /**
             * Waives Penalty
             * @default false
             */
            waives_penalty: boolean;
            /** Withdrawn At */
            withdrawn_at: string | null;
            /** Withdrawn By */
            withdrawn_by: string | null;
        };
        /**
         * Finding
         * @description A sentence for the instructor about a notebook, or about the cell `grade_id` of it.
         */
        Finding: {
            /** Grade Id */
            grade_id?: string | null;
            /** Text */
            text: string;
        };
        /**
         * GradeAgain
         * @description What is graded again: these submissions that could not be graded, or `everything` that could not.
         */
        GradeAgain: {
            /**
             * Everything
             * @default false
             */
            everything: boolean;
            /** Submissions */
            submissions?: string[] | null;
        };
        /**
         * GradeRecord
         * @description A grade that a submission has or had. `since`: from when on; `reason`: why it was graded again, if it was.
         */
        GradeRecord: {
            /** Max Score */
            max_score: number;
            /** Reason */
            reason: string | null;
            /** Score */
            score: number;
            /**
             * Since
             * Format: date-time
             */
            since: string;
            /** Version */
            version: number;
        };
        /**
         * Grant
         * @description What is given to whom, and why. Exactly one of `person` and `group` is to be there.
         *
         *     `due_at`: a later due date; `late_until`: how long late work is taken; `waives_penalty`: nothing is taken off for
         *     being late. `extra_minutes`: of an exam.
         */
        Grant: {
            /** Due At */
            due_at?: string | null;
            /**
             * Extra Attempts
             * @default 0
             */
            extra_attempts: number;
            /**
             * Extra Minutes
             * @default 0
             */
            extra_minutes: number;
            /** Group */
            group?: string | null;
            /** Late Until */
            late_until?: string | null;
            /** Person */
            person?: string | null;
            /** Reason */
            reason: string;
            /**
             * Waives Penalty
             * @default false
             */
            waives_penalty: boolean;
        };
        /**
         * HandIn
         * @description What is handed in. The same `key` twice makes one submission.
         *
         *     `accept_penalty_percent`: how much of the points the learner agreed to lose where it is late. Late work that costs
         *     more than that, or anything without it, is refused with what it costs.
         */
        HandIn: {
            /** Accept Penalty Percent */
            accept_penalty_percent?: number | string | null;
            /**
             * Key
             * Format: uuid
             */
            key: string;
            /** Notebooks */
            notebooks: components["schemas"]["HandedInNotebook"][];
        };
        /**
         * HandedInNotebook
         * @description One notebook, by its path in the assignment's folder.
         */
        HandedInNotebook: {
            /** Content Base64 */
            content_base64: string;
            /** Path */
            path: string;
        };
        /**
         * Health
         * @description That the service answers.
         */
        Health: {
            /**
             * Status
             * @default ok
             */
            status: string;
        };
        /**
         * KeptDraft
         * @description The notebooks of a draft, and when they came; null where nothing is kept.
         */
        KeptDraft: {
            /** Items */
            items: components["schemas"]["KeptFile"][];
            /** Saved At */
            saved_at: string | null;
        };
        /**
         * KeptFile
         * @description A notebook as it was handed in or saved, by its path in the assignment's folder. `size` in bytes.
         */
        KeptFile: {
            /** Path */
            path: string;
            /** Sha256 */
            sha256: string;
            /** Size */
            size: number;
        };
        /**
         * KeptFiles
         * @description The notebooks of one submission.
         */
        KeptFiles: {
            /** Items */
            items: components["schemas"]["KeptFile"][];
        };
        /**
         * Lane
         * @description The jobs that need the same packages. `workers`: how many live that have them, with `slots` altogether.
         *
         *     `environment`: the name of packages that courses bring, null for those that every course has; `courses`: which
         *     courses' newest versions need it.
         */
        Lane: {
            /** Courses */
            courses: string[];
            /** Environment */
            environment: string | null;
            /** Queue */
            queue: string;
            /** Running */
            running: number;
            /** Slots */
            slots: number;
            /** Waiting */
            waiting: number;
            /** Workers */
            workers: number;
        };
        /**
         * Me
         * @description The caller, and where they stand.
         */
        Me: {
            person: components["schemas"]["Person"];
            progress: components["schemas"]["Progress"];
        };
        /**
         * NextStep
         * @description What to do next, and why.
         */
        NextStep: {
            /** Assignment */
            assignment: string;
            /** Course */
            course: string;
            /** Reason */
            reason: string;
            /** Title */
            title: string;
        };
        /**
         * NotebookCertificate
         * @description How one notebook is graded. `reasons`: why its tests run beside the learner's code, where they do.
         *
         *     `tried`: how many wrong answers were graded to find out. Without being `certified` it is graded in `shared`, and
         *     `problem` says what prevented it, if anything did.
         */
        NotebookCertificate: {
            /** Certified */
            certified: boolean;
            /**
             * Engine
             * @enum {string}
             */
            engine: "separate" | "shared" | "kernel";
            /** Notebook */
            notebook: string;
            /** Problem */
            problem?: string | null;
            /**
             * Reasons
             * @default []
             */
            reasons: components["schemas"]["Finding"][];
            /**
             * Tried
             * @default 0
             */
            tried: number;
            /**
             * Warnings
             * @default []
             */
            warnings: components["schemas"]["Finding"][];
        };
        /**
         * Notification
         * @description Something that a person should hear of.
         *
         *     Kind `submission.graded` (payload: submission_id, course, assignment, state): grading has ended, graded or not.
         *     Kind `submission.handed-in` (the same, assignment_title, saved_at): what they had last saved was handed in for them
         *     when it was due. Kind `draft.left` (course, assignment, assignment_title, saved_at, reason): it could not be.
         *     Kind `submission.regraded` (payload: the same, assignment_title, reason, score_before, score_after, max_score,
         *     xp_change, message): corrected tests changed the score that counts, or XP. `message` says all of it in words.
         *     Kind `submission.penalty-lowered` (payload: the same, assignment_title, penalty_percent, score_after, max_score,
         *     message): an extension or other dates came after a late submission, and less is taken off it now.
         */
        Notification: {
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Id */
            id: number;
            /** Kind */
            kind: string;
            /** Payload */
            payload: {
                [key: string]: unknown;
            };
            /** Read At */
            read_at: string | null;
        };
        /**
         * NotificationList
         * @description Notifications, oldest first.
         */
        NotificationList: {
            /** Items */
            items: components["schemas"]["Notification"][];
        };
        /** Page[Extension] */
        Page_Extension_: {
            /** Items */
            items: components["schemas"]["Extension"][];
            /** Next Cursor */
            next_cursor?: string | null;
        };
        /** Page[Regrade] */
        Page_Regrade_: {
            /** Items */
            items: components["schemas"]["Regrade"][];
            /** Next Cursor */
            next_cursor?: string | null;
        };
        /** Page[Submission] */
        Page_Submission_: {
            /** Items */
            items: components["schemas"]["Submission"][];
            /** Next Cursor */
            next_cursor?: string | null;
        };
        /**
         * Person
         * @description Someone who has signed in at the Hub, under the Hub's user name.
         */
        Person: {
            /** Display Name */
            display_name: string;
            /** Is Admin */
            is_admin: boolean;
            /** Name */
            name: string;
            /** Time Zone */
            time_zone: string;
        };
        /**
         * PersonChange
         * @description What a regrade does to a person, or did: the score that counts, all of their XP, and each submission in it.
         *
         *     Where an applied one changed nothing of theirs, the XP are those of now.
         */
        PersonChange: {
            /** Counted After */
            counted_after: number | null;
            /** Counted Before */
            counted_before: number | null;
            /**
             * Effect
             * @enum {string}
             */
            effect: "loses" | "gains" | "same";
            /** Person */
            person: string;
            /** Submissions */
            submissions: components["schemas"]["SubmissionChange"][];
            /** Xp After */
            xp_after: number;
            /** Xp Before */
            xp_before: number;
        };
        /**
         * Progress
         * @description Where a person stands. The level began at `level_floor` XP; the next one begins at `next_level_at`.
         */
        Progress: {
            /** Level */
            level: number;
            /** Level Floor */
            level_floor: number;
            /** Next Level At */
            next_level_at: number;
            /** Recent */
            recent: components["schemas"]["XpEntry"][];
            streak: components["schemas"]["Streak"];
            /** Xp */
            xp: number;
        };
        /**
         * QueueOverview
         * @description All of the queue. `oldest_seconds`: how long the one that waits longest does; null where none waits.
         */
        QueueOverview: {
            /** Lanes */
            lanes: components["schemas"]["Lane"][];
            /** Oldest Seconds */
            oldest_seconds: number | null;
            /** Set Aside */
            set_aside: components["schemas"]["SetAside"][];
            /** Set Aside Count */
            set_aside_count: number;
            /** Workers */
            workers: components["schemas"]["Worker"][];
        };
        /**
         * QueuedAgain
         * @description How many submissions were put back into the queue.
         */
        QueuedAgain: {
            /** Count */
            count: number;
        };
        /**
         * Regrade
         * @description A newer version tried on submissions that an older one had graded. `attempts`: which of each person's.
         *
         *     `total` submissions are in it; `done` of them are through, `failed` of those could not be graded. `stale`: a version
         *     newer than its own is there, so it can't be applied. `message` says where it stands and what can be done.
         *     `started_by`, `ended_by`: null on the command line, and for people who were erased.
         */
        Regrade: {
            /** Assignment */
            assignment: string;
            /** Assignment Title */
            assignment_title: string;
            /**
             * Attempts
             * @enum {string}
             */
            attempts: "all" | "latest" | "counted";
            /** Course */
            course: string;
            /** Done */
            done: number;
            /** Ended At */
            ended_at: string | null;
            /** Ended By */
            ended_by: string | null;
            /** Failed */
            failed: number;
            /** Id */
            id: number;
            /** Message */
            message: string;
            /** Only Gains */
            only_gains: boolean;
            /** Reason */
            reason: string;
            /** Stale */
            stale: boolean;
            /**
             * Started At
             * Format: date-time
             */
            started_at: string;
            /** Started By */
            started_by: string | null;
            /**
             * State
             * @enum {string}
             */
            state: "running" | "ready" | "applied" | "dropped";
            /** Total */
            total: number;
            /** Version */
            version: number;
        };
        /**
         * RegradeReport
         * @description A regrade with what it changes, those who lose first. `items` is a page of it, the summary counts all.
         */
        RegradeReport: {
            /** Items */
            items: components["schemas"]["PersonChange"][];
            /** Next Cursor */
            next_cursor?: string | null;
            /** Only Gains */
            only_gains: boolean;
            regrade: components["schemas"]["Regrade"];
            summary: components["schemas"]["RegradeSummary"];
        };
        /**
         * RegradeSummary
         * @description How many people gain and lose, and how many submissions fare how. `missed`: submissions that are not in it.
         *
         *     Those came in by an older version, or came to count, after it began; another regrade takes them.
         */
        RegradeSummary: {
            /** Better */
            better: number;
            /** Could Not Grade */
            could_not_grade: number;
            /** Graded Meanwhile */
            graded_meanwhile: number;
            /** Left Out */
            left_out: number;
            /** Missed */
            missed: number;
            /** People Gain */
            people_gain: number;
            /** People Lose */
            people_lose: number;
            /** People Same */
            people_same: number;
            /** Same */
            same: number;
            /** Waiting */
            waiting: number;
            /** Worse */
            worse: number;
        };
        /**
         * Release
         * @description What a learner fetches: the newest version, without solutions and hidden tests.
         */
        Release: {
            /** Assignment */
            assignment: string;
            /** Course */
            course: string;
            /** Files */
            files: components["schemas"]["ReleaseFile"][];
            /** Title */
            title: string;
            /** Version */
            version: number;
        };
        /**
         * ReleaseFile
         * @description One file that a learner fetches. `path` is relative to the assignment's folder; `size` in bytes.
         */
        ReleaseFile: {
            /** Content Base64 */
            content_base64: string;
            /** Path */
            path: string;
            /** Sha256 */
            sha256: string;
            /** Size */
            size: number;
        };
        /**
         * Result
         * @description The outcome of grading. `seconds` is what grading took.
         *
         *     `score` is automatic and manual points together, less the submission's penalty.
         */
        Result: {
            /** Auto Score */
            auto_score: number;
            /** Cells */
            cells: components["schemas"]["CellOutcome"][];
            /**
             * Graded At
             * Format: date-time
             */
            graded_at: string;
            /**
             * Isolation
             * @enum {string}
             */
            isolation: "separate" | "shared" | "kernel";
            /** Manual Score */
            manual_score: number | null;
            /** Max Score */
            max_score: number;
            /** Message */
            message: string | null;
            /** Needs Manual */
            needs_manual: string[];
            next_step: components["schemas"]["NextStep"] | null;
            /** Repairs */
            repairs: string[];
            /** Score */
            score: number;
            /** Seconds */
            seconds: number;
            /**
             * Status
             * @enum {string}
             */
            status: "graded" | "error-in-cell" | "timeout" | "memory-limit" | "rejected-invalid";
            /** Xp Gained */
            xp_gained: number;
        };
        /**
         * SaveDraft
         * @description What was saved: the SHA-256 of each notebook, and the content of those that the site doesn't have.
         */
        SaveDraft: {
            /** Digests */
            digests: {
                [key: string]: string;
            };
            /**
             * Notebooks
             * @default []
             */
            notebooks: components["schemas"]["HandedInNotebook"][];
        };
        /**
         * SavedDraft
         * @description A draft, as its sender needs it: until the site takes no other one, in seconds by its own clock.
         *
         *     `missing`: notebooks whose content is to be sent as well; until then the draft is the one before.
         */
        SavedDraft: {
            /** Hands In At */
            hands_in_at: string | null;
            /** Missing */
            missing?: string[];
            /** Saved At */
            saved_at: string | null;
            /** Seconds Left */
            seconds_left: number | null;
            /** Wanted */
            wanted: boolean;
        };
        /**
         * SetAside
         * @description A submission that could not be graded, and why. `number`: the person's how many-eth to the assignment.
         */
        SetAside: {
            /** Assignment */
            assignment: string;
            /** Assignment Title */
            assignment_title: string;
            /** Course */
            course: string;
            /** Message */
            message: string;
            /** Number */
            number: number;
            /** Person */
            person: string;
            /** Runs */
            runs: number;
            /**
             * Since
             * Format: date-time
             */
            since: string;
            /**
             * Submission
             * Format: uuid
             */
            submission: string;
        };
        /**
         * SetAsideList
         * @description What could not be graded: the newest hundred of `set_aside_count`.
         */
        SetAsideList: {
            /** Set Aside */
            set_aside: components["schemas"]["SetAside"][];
            /** Set Aside Count */
            set_aside_count: number;
        };
        /**
         * Side
         * @description One of two compared submissions. `percent`: how much of its fingerprints the other one has, too.
         */
        Side: {
            /** Number */
            number: number;
            /** Percent */
            percent: number;
            /** Person */
            person: string;
            /**
             * Submission Id
             * Format: uuid
             */
            submission_id: string;
        };
        /**
         * SimilarPair
         * @description Two submissions with passages in common; there may be many reasons for it.
         *
         *     `shared`: fingerprints that both have. `rare_percent`: what they share of all that both have, where a fingerprint
         *     weighs less the more of the class have it, and nothing if all do. `holders`: how many of the compared submissions
         *     have a shared fingerprint, the median; these two are among them.
         */
        SimilarPair: {
            /** Holders */
            holders: number;
            left: components["schemas"]["Side"];
            /** Rare Percent */
            rare_percent: number;
            right: components["schemas"]["Side"];
            /** Shared */
            shared: number;
        };
        /**
         * SimilarityReport
         * @description Submissions to an assignment with passages in common, the most telling pairs first.
         *
         *     One submission of each learner is compared: the one that counts, or the latest while none has a grade. `found`: how
         *     many pairs there are, of which `pairs` holds 200 at most. `unreadable`: submissions that could not be looked at.
         */
        SimilarityReport: {
            /** Assignment */
            assignment: string;
            /** Compared */
            compared: number;
            /** Course */
            course: string;
            /** Found */
            found: number;
            /** Least Percent */
            least_percent: number;
            /** Pairs */
            pairs: components["schemas"]["SimilarPair"][];
            /** Title */
            title: string;
            /** Unreadable */
            unreadable: number;
        };
        /**
         * Standing
         * @description How one person may hand in an assignment now, with all that they were given (`extended`).
         *
         *     `reason`: a sentence, with times in the person's `time_zone`. `penalty_percent`: what handing in now costs;
         *     `needs_consent`: it is taken only with `accept_penalty_percent`. `attempts`, `attempts_left`: null for any number.
         */
        Standing: {
            /** Attempts */
            attempts: number | null;
            /** Attempts Left */
            attempts_left: number | null;
            /** Closes At */
            closes_at: string | null;
            /**
             * Counts
             * @enum {string}
             */
            counts: "best" | "latest" | "last-before-due";
            /** Due At */
            due_at: string | null;
            /** Exam Ends At */
            exam_ends_at: string | null;
            /** Extended */
            extended: boolean;
            /** Needs Consent */
            needs_consent: boolean;
            /** Next Allowed At */
            next_allowed_at: string | null;
            /** Opens At */
            opens_at: string | null;
            /** Penalty Percent */
            penalty_percent: number;
            /** Reason */
            reason: string;
            /**
             * State
             * @enum {string}
             */
            state: "open" | "late" | "not-open-yet" | "closed" | "no-attempts-left" | "not-fetched" | "cooling-down";
            /** Time Zone */
            time_zone: string;
        };
        /**
         * StartRegrade
         * @description What is regraded, and why. `attempts`: all submissions of each person, the latest, or the one that counts.
         *
         *     The learners whose score or XP changes are told the reason when it is applied.
         */
        StartRegrade: {
            /**
             * Attempts
             * @default all
             * @enum {string}
             */
            attempts: "all" | "latest" | "counted";
            /** Reason */
            reason: string;
        };
        /**
         * Streak
         * @description Consecutive days with graded work. `kept_today`: today already counts.
         */
        Streak: {
            /** Current */
            current: number;
            /** Kept Today */
            kept_today: boolean;
            /** Longest */
            longest: number;
        };
        /**
         * Submission
         * @description An immutable snapshot that somebody handed in; `number` counts their submissions to the assignment from 1.
         *
         *     `message` says why it could not be graded; `result` is there once it has been. `penalty_percent` of its points
         *     are taken off for being late; `penalty_percent_before`: what it was at first, where an extension or other dates have
         *     lowered it since. `waiting` and `history` are told of the one submission that somebody looks at, not in
         *     lists: where it stands in the queue, and all of its grades, the present one last.
         */
        Submission: {
            /** Assignment */
            assignment: string;
            /** Assignment Title */
            assignment_title: string;
            /** Course */
            course: string;
            /** History */
            history?: components["schemas"]["GradeRecord"][];
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /** Late */
            late: boolean;
            /** Message */
            message?: string | null;
            /** Number */
            number: number;
            /** Penalty Percent */
            penalty_percent: number;
            /** Penalty Percent Before */
            penalty_percent_before?: number | null;
            /** Person */
            person: string;
            result: components["schemas"]["Result"] | null;
            /**
             * State
             * @enum {string}
             */
            state: "queued" | "grading" | "graded" | "could-not-grade";
            /**
             * Submitted At
             * Format: date-time
             */
            submitted_at: string;
            /** Version */
            version: number;
            waiting?: components["schemas"]["Waiting"] | null;
        };
        /**
         * SubmissionChange
         * @description A submission in a regrade. Scores are what is left after its penalty, null where there is none.
         *
         *     `outcome`: what applying does to it, or did. `left-out`: it would lose, and only gains are applied.
         *     `graded-meanwhile`: it has a grade by the newest version already. `message`: why it could not be graded.
         */
        SubmissionChange: {
            /** Cells */
            cells: components["schemas"]["CellChange"][];
            /** Max After */
            max_after: number | null;
            /** Max Before */
            max_before: number | null;
            /** Message */
            message: string | null;
            /** Number */
            number: number;
            /**
             * Outcome
             * @enum {string}
             */
            outcome: "better" | "worse" | "same" | "left-out" | "waiting" | "could-not-grade" | "graded-meanwhile";
            /** Score After */
            score_after: number | null;
            /** Score Before */
            score_before: number | null;
            /**
             * Submission
             * Format: uuid
             */
            submission: string;
            /**
             * Submitted At
             * Format: date-time
             */
            submitted_at: string;
            /** Version Before */
            version_before: number | null;
        };
        /**
         * Waiting
         * @description Where a submission stands that waits to be graded, counted from 1.
         *
         *     `seconds`: how long it may take, judged by the last ones; null where too little is known. Without `has_worker`
         *     nobody works on what this course needs at the moment.
         */
        Waiting: {
            /** Has Worker */
            has_worker: boolean;
            /** Place */
            place: number;
            /** Seconds */
            seconds: number | null;
        };
        /**
         * Worker
         * @description A worker as the operator sees it. `lost`: it hasn't told of itself for half a minute, and hasn't ended well.
         */
        Worker: {
            /** Host */
            host: string;
            /** Lost */
            lost: boolean;
            /** Process */
            process: number;
            /** Queues */
            queues: string[];
            /**
             * Seen At
             * Format: date-time
             */
            seen_at: string;
            /** Slots */
            slots: number;
            /**
             * Started At
             * Format: date-time
             */
            started_at: string;
        };
        /**
         * XpEntry
         * @description One row of the ledger, as shown.
         */
        XpEntry: {
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Label */
            label: string;
            /** Points */
            points: number;
            /** Rule */
            rule: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    list_courses: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CourseWorkList"];
                };
            };
            /** @description The request can't be carried out; the message says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Something failed on the site's side; the id in details is in its log. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    get_draft: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                course: string;
                assignment: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SavedDraft"];
                };
            };
            /** @description The request can't be carried out; the message says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Something failed on the site's side; the id in details is in its log. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    save_draft: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                course: string;
                assignment: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SaveDraft"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SavedDraft"];
                };
            };
            /** @description The request can't be carried out; the message says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Something failed on the site's side; the id in details is in its log. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    want_draft: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                course: string;
                assignment: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SavedDraft"];
                };
            };
            /** @description The request can't be carried out; the message says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Something failed on the site's side; the id in details is in its log. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    drop_draft: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                course: string;
                assignment: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SavedDraft"];
                };
            };
            /** @description The request can't be carried out; the message says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Something failed on the site's side; the id in details is in its log. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    list_draft_files: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                course: string;
                assignment: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeptDraft"];
                };
            };
            /** @description The request can't be carried out; the message says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Something failed on the site's side; the id in details is in its log. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    get_draft_file: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                course: string;
                assignment: string;
                path: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The file. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/x-ipynb+json": string;
                };
            };
            /** @description It is what `If-None-Match` names, by its SHA-256. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The request can't be carried out; the message says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Something failed on the site's side; the id in details is in its log. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    extend: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                course: string;
                assignment: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Grant"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Extension"];
                };
            };
            /** @description The request can't be carried out; the message says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Something failed on the site's side; the id in details is in its log. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    start_regrade: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                course: string;
                assignment: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["StartRegrade"];
            };
        };
        responses: {
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Regrade"];
                };
            };
            /** @description The request can't be carried out; the message says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Something failed on the site's side; the id in details is in its log. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    get_release: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                course: string;
                assignment: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Release"];
                };
            };
            /** @description The request can't be carried out; the message says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Something failed on the site's side; the id in details is in its log. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    report_similarity: {
        parameters: {
            query?: {
                least_percent?: number;
                apart_groups?: boolean;
            };
            header?: never;
            path: {
                course: string;
                assignment: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SimilarityReport"];
                };
            };
            /** @description The request can't be carried out; the message says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Something failed on the site's side; the id in details is in its log. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    compare_submissions: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                course: string;
                assignment: string;
                left: string;
                right: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Comparison"];
                };
            };
            /** @description The request can't be carried out; the message says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Something failed on the site's side; the id in details is in its log. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    submit: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                course: string;
                assignment: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["HandIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Submission"];
                };
            };
            /** @description The request can't be carried out; the message says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Something failed on the site's side; the id in details is in its log. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    list_certificates: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                course: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CertificateList"];
                };
            };
            /** @description The request can't be carried out; the message says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Something failed on the site's side; the id in details is in its log. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    list_extensions: {
        parameters: {
            query?: {
                cursor?: string | null;
                limit?: number;
            };
            header?: never;
            path: {
                course: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Extension_"];
                };
            };
            /** @description The request can't be carried out; the message says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Something failed on the site's side; the id in details is in its log. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    withdraw_extension: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                course: string;
                extension: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Extension"];
                };
            };
            /** @description The request can't be carried out; the message says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Something failed on the site's side; the id in details is in its log. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    list_regrades: {
        parameters: {
            query?: {
                cursor?: string | null;
                limit?: number;
            };
            header?: never;
            path: {
                course: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Regrade_"];
                };
            };
            /** @description The request can't be carried out; the message says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Something failed on the site's side; the id in details is in its log. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    get_regrade: {
        parameters: {
            query?: {
                only_gains?: boolean;
                cursor?: string | null;
                limit?: number;
            };
            header?: never;
            path: {
                course: string;
                regrade: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RegradeReport"];
                };
            };
            /** @description The request can't be carried out; the message says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Something failed on the site's side; the id in details is in its log. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    apply_regrade: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                course: string;
                regrade: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ApplyRegrade"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Regrade"];
                };
            };
            /** @description The request can't be carried out; the message says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Something failed on the site's side; the id in details is in its log. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    drop_regrade: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                course: string;
                regrade: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Regrade"];
                };
            };
            /** @description The request can't be carried out; the message says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Something failed on the site's side; the id in details is in its log. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    list_set_aside: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                course: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SetAsideList"];
                };
            };
            /** @description The request can't be carried out; the message says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Something failed on the site's side; the id in details is in its log. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    retry_set_aside: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                course: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["GradeAgain"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QueuedAgain"];
                };
            };
            /** @description The request can't be carried out; the message says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Something failed on the site's side; the id in details is in its log. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    stream_events: {
        parameters: {
            query?: never;
            header?: {
                "last-event-id"?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            /** @description The request can't be carried out; the message says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Something failed on the site's side; the id in details is in its log. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    get_health_services_nbquest_api_health_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            /** @description The request can't be carried out; the message says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Something failed on the site's side; the id in details is in its log. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    get_me: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Me"];
                };
            };
            /** @description The request can't be carried out; the message says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Something failed on the site's side; the id in details is in its log. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    list_notifications: {
        parameters: {
            query?: {
                after?: number | null;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NotificationList"];
                };
            };
            /** @description The request can't be carried out; the message says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Something failed on the site's side; the id in details is in its log. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    get_queue: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QueueOverview"];
                };
            };
            /** @description The request can't be carried out; the message says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Something failed on the site's side; the id in details is in its log. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    retry_queue: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["GradeAgain"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QueuedAgain"];
                };
            };
            /** @description The request can't be carried out; the message says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Something failed on the site's side; the id in details is in its log. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    list_submissions: {
        parameters: {
            query?: {
                course?: string | null;
                assignment?: string | null;
                person?: string | null;
                cursor?: string | null;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Submission_"];
                };
            };
            /** @description The request can't be carried out; the message says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Something failed on the site's side; the id in details is in its log. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    get_submission: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                submission_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Submission"];
                };
            };
            /** @description The request can't be carried out; the message says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Something failed on the site's side; the id in details is in its log. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    list_submission_files: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                submission_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeptFiles"];
                };
            };
            /** @description The request can't be carried out; the message says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Something failed on the site's side; the id in details is in its log. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    get_submission_file: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                submission_id: string;
                path: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The file. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/x-ipynb+json": string;
                };
            };
            /** @description It is what `If-None-Match` names, by its SHA-256. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The request can't be carried out; the message says why. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Something failed on the site's side; the id in details is in its log. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
}

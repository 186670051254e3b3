package workflow

import "toxgen/internal/matrix"

// callLimit reports a group that is one too many for the calling workflow.
func (r *renderer) callLimit(groups []*matrix.Group) {
	limit := r.config.Workflow.Limits.Reusables
	if len(groups) > limit {
		g := groups[limit]
		r.fail(g.Pos, "merge groups", "group %q is number %d: a workflow may call %d reusable workflows", g.Name, limit+1, limit)
	}
}

// rowLimit reports a job with more rows than a matrix may have.
func (r *renderer) rowLimit(g *matrix.Group, jobs []Job) {
	limit := r.config.Workflow.Limits.Rows
	for _, job := range jobs {
		if len(job.Rows) > limit {
			r.fail(g.Pos, "split the group", "group %q: %d rows in the matrix of one job, more than %d", g.Name, len(job.Rows), limit)
		}
	}
}

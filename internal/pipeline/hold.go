package pipeline

import (
	"errors"

	"toxgen/internal/config"
	"toxgen/internal/finding"
)

// Hold writes a hold into the configuration; the steps of the graph that follow see it. It is wrong usage to name what
// no hold can be.
func (r *Run) Hold(suite string, hold config.NewHold) error {
	data, err := r.tree.Read(r.world.Config)
	if err != nil {
		return err
	}
	changed, err := config.WithHold(r.world.Config, data, suite, hold)
	if err != nil {
		if list, ok := errors.AsType[finding.List](err); ok && list[0].Line == 0 {
			err = WrongUsage(err)
		}
		return err
	}
	if err := r.reconfigure(changed); err != nil {
		return err
	}
	r.state.configured = map[string]bool{r.config.Suite(suite).Package.Key: true}
	return nil
}

// NewHold is a hold by a specifier and the flags of a command; nil is a flag that was not given.
func NewHold(specifier string, reason, issue, until *string) config.NewHold {
	return config.NewHold{Exclude: specifier, Reason: given(reason), Issue: given(issue), Until: given(until)}
}

// given returns what a flag says, or the zero value if it was not given.
func given[T any](flag *T) (value T) {
	if flag != nil {
		value = *flag
	}
	return value
}

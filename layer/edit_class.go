package layer

import (
	"slices"

	"basin/access"
	"basin/fault"
)

// classAfter is the class that a feature has after an edit. was is its class before, or that of the layer for a new one. Nobody makes what he may not
// see. Only those who run the installation let out what was held back: what is known once cannot be called back.
func (e Edit) classAfter(was access.Class) (access.Class, error) {
	class := e.Class
	if class == "" {
		class = was
	}
	if !e.By.Clearance().Allows(class) {
		return "", fault.New(fault.Denied, "class-above-you", "you may not see features of the class {class}, so you cannot make one", "class", string(class))
	}
	if e.By.Role != access.System && !class.Allows(was) {
		return "", fault.New(fault.Denied, "class-lowered", "only the role system may lower the class {class} of a feature or of what its layer holds", "class", string(was))
	}
	return class, nil
}

// higher is the more secret of two classes.
func higher(a, b access.Class) access.Class {
	all := access.Classes()
	return all[max(slices.Index(all, a), slices.Index(all, b), 0)]
}

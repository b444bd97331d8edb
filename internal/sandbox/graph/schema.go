package graph

// shape is the type of a property.
type shape int

const (
	isText shape = iota
	isFlag
	isNumber
	isMoment
	isID
	isBinary
	isTexts   // a collection of texts
	isObject  // a complex value
	isObjects // a collection of complex values
)

// property is one property of a resource or of a complex value.
type property struct {
	name   string
	shape  shape
	typ    string     // of a complex value
	fields []property // of a complex value
	// fixed: the service sets it; a request that names it is refused.
	fixed bool
	// missing: Graph has it and would act on it, the sandbox does neither; any but
	// the empty value answers 501.
	missing bool
	max     int // longest text; 0: not checked
}

// kind is a resource type with what may be asked of it.
type kind struct {
	collection string // as in paths
	typ        string // as in @odata.type
	resource   string // as in messages
	properties []property
	filters    map[string][]string // operators by property
}

func (k *kind) find(name string) (property, bool) { return findProperty(k.properties, name) }

func findProperty(properties []property, name string) (property, bool) {
	for _, p := range properties {
		if p.name == name {
			return p, true
		}
	}
	return property{}, false
}

// blank is an object with every property, none with a value.
func (k *kind) blank() map[string]any {
	out := map[string]any{}
	for _, p := range k.properties {
		out[p.name] = p.empty()
	}
	return out
}

// empty is what Graph shows when nothing was set.
func (p property) empty() any {
	switch p.shape {
	case isTexts, isObjects:
		return []any{}
	case isObject:
		out := map[string]any{}
		for _, f := range p.fields {
			out[f.name] = f.empty()
		}
		if p.missing || len(p.fields) == 0 {
			return nil
		}
		return out
	}
	return nil
}

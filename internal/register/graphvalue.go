package register

import (
	"errors"
	"fmt"

	"github.com/microsoft/kiota-abstractions-go/serialization"
)

// into reads a property's value by one of a parse node's methods.
func into[T any](to *T, get func(serialization.ParseNode) (T, error)) func(serialization.ParseNode) error {
	return func(n serialization.ParseNode) error {
		v, err := get(n)
		if err == nil {
			*to = v
		}
		return err
	}
}

func stringInto(to **string) func(serialization.ParseNode) error {
	return into(to, serialization.ParseNode.GetStringValue)
}

func boolInto(to **bool) func(serialization.ParseNode) error {
	return into(to, serialization.ParseNode.GetBoolValue)
}

func stringsInto(to *[]string) func(serialization.ParseNode) error {
	return into(to, func(n serialization.ParseNode) ([]string, error) {
		values, err := n.GetCollectionOfPrimitiveValues("string")
		var out []string
		for _, v := range values {
			if s, ok := v.(*string); ok {
				out = append(out, text(s))
			}
		}
		return out, err
	})
}

func objectInto[T any](to *T, empty serialization.ParsableFactory) func(serialization.ParseNode) error {
	return into(to, func(n serialization.ParseNode) (T, error) {
		v, err := n.GetObjectValue(empty)
		return as[T](v, err)
	})
}

func listInto[T any](to *[]T, empty serialization.ParsableFactory) func(serialization.ParseNode) error {
	return into(to, func(n serialization.ParseNode) ([]T, error) {
		values, err := n.GetCollectionOfObjectValues(empty)
		var out []T
		for _, v := range values {
			if one, wrong := as[T](v, nil); v != nil { // null in a list says nothing
				out, err = append(out, one), errors.Join(err, wrong)
			}
		}
		return out, err
	})
}

// as gives what a factory made its type; null gives the zero value.
func as[T any](v serialization.Parsable, err error) (T, error) {
	one, ok := v.(T)
	if err == nil && v != nil && !ok {
		err = fmt.Errorf("an answer of Microsoft Graph holds a %T where a %T was expected", v, one)
	}
	return one, err
}

func writeStrings(w serialization.SerializationWriter, name string, list []string) error {
	if list == nil {
		return nil
	}
	return w.WriteCollectionOfStringValues(name, list)
}

func writeList[T serialization.Parsable](w serialization.SerializationWriter, name string, list []T) error {
	if list == nil {
		return nil
	}
	values := make([]serialization.Parsable, len(list))
	for i, v := range list {
		values[i] = v
	}
	return w.WriteCollectionOfObjectValues(name, values)
}

// firstError runs one after the other until one fails.
func firstError(steps ...func() error) error {
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

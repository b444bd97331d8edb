package register

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	kiota "github.com/microsoft/kiota-abstractions-go"
	"github.com/microsoftgraph/msgraph-sdk-go/models/odataerrors"
)

// graphJSON makes one request to Graph and reads its JSON answer into a value of
// ours. It is for the few requests whose packages of the SDK would bring models
// of the whole directory along; connection, token and errors are the SDK's.
func (s session) graphJSON(ctx context.Context, what call, method kiota.HttpMethod, path string, body, into any) error {
	return s.graphCall(ctx, what, func(ctx context.Context) error {
		r := kiota.NewRequestInformationWithMethodAndUrlTemplateAndPathParameters(method, "{+baseurl}"+path, map[string]string{})
		r.Headers.TryAdd("Accept", "application/json")
		if body != nil {
			data, err := json.Marshal(body)
			if err != nil {
				return err
			}
			r.SetStreamContentAndContentType(data, "application/json")
		}
		answer, err := s.graph.SendPrimitive(ctx, r, "[]byte", kiota.ErrorMappings{"XXX": odataerrors.CreateODataErrorFromDiscriminatorValue})
		if err != nil {
			return err
		}
		data, ok := answer.([]byte)
		if !ok {
			return fmt.Errorf("the answer is %T", answer)
		}
		return json.NewDecoder(bytes.NewReader(data)).Decode(into)
	})
}

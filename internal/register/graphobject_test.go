package register

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/microsoft/kiota-abstractions-go/serialization"
	kjson "github.com/microsoft/kiota-serialization-json-go"
	"github.com/microsoftgraph/msgraph-sdk-go/models"
)

// written is what the SDK's writer makes of an object.
func written(t *testing.T, o serialization.Parsable) map[string]any {
	t.Helper()
	w := kjson.NewJsonSerializationWriter()
	if err := w.WriteObjectValue("", o); err != nil {
		t.Fatal(err)
	}
	data, err := w.GetSerializedContent()
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]any
	if err := json.Unmarshal(data, &out); err != nil {
		t.Fatalf("%v in %s", err, data)
	}
	return out
}

// TestObjectsAsTheSDKs: what is sent is what the SDK's own models would send.
func TestObjectsAsTheSDKs(t *testing.T) {
	name, audience, public, tags := "an app", "AzureADMyOrg", true, []string{tag}
	after := application{Redirects: []Redirect{{Web, "https://a.example/"}, {SPA, "http://localhost"}},
		Access: []access{{"3f8a2c50-0000-4000-8000-000000000001", "3f8a2c50-0000-4000-8000-000000000002", "Scope"}}, TokenVersion: 2}
	ours, err := after.body([]Change{{Field: redirectField(Web)}, {Field: redirectField(SPA)}, {Field: redirectField(Public)}, {Field: fieldAccess}, {Field: fieldVersion}})
	if err != nil {
		t.Fatal(err)
	}
	ours.displayName, ours.signInAudience, ours.isFallbackPublicClient, ours.tags, ours.keyCredentials = &name, &audience, &public, tags, resent(nil, "")
	theirs := models.NewApplication()
	theirs.SetDisplayName(&name)
	theirs.SetSignInAudience(&audience)
	theirs.SetIsFallbackPublicClient(&public)
	theirs.SetTags(tags)
	theirs.SetWeb(ours.web)
	theirs.SetSpa(ours.spa)
	theirs.SetPublicClient(ours.publicClient)
	theirs.SetApi(ours.api)
	theirs.SetRequiredResourceAccess(ours.requiredResourceAccess)
	theirs.SetKeyCredentials(ours.keyCredentials)
	if got, want := written(t, ours), written(t, theirs); !reflect.DeepEqual(got, want) {
		t.Errorf("application:\n%v, the SDK writes\n%v", got, want)
	}
	if got, want := written(t, &appObject{}), written(t, models.NewApplication()); !reflect.DeepEqual(got, want) {
		t.Errorf("empty application: %v, the SDK writes %v", got, want)
	}
	principal := models.NewServicePrincipal()
	principal.SetAppId(&name)
	if got, want := written(t, &principalObject{appID: &name}), written(t, principal); !reflect.DeepEqual(got, want) {
		t.Errorf("service principal: %v, the SDK writes %v", got, want)
	}
}

// TestObjectsOddAnswers: nulls, unknown properties and other types than expected
// neither panic nor pass for something.
func TestObjectsOddAnswers(t *testing.T) {
	for text, ok := range map[string]bool{
		`{"id":"1","web":null,"tags":null,"keyCredentials":null,"owners":[{"id":"2"}],"@odata.type":"#microsoft.graph.application"}`: true,
		`{"id":"1","tags":["a",null],"passwordCredentials":[null]}`:                                                                  true,
		`{"id":7}`:     false,
		`{"tags":"a"}`: false,
	} {
		node, err := kjson.NewJsonParseNodeFactory().GetRootParseNode("application/json", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		got, err := node.GetObjectValue(factory(func() *appObject { return &appObject{} }))
		if (err == nil) != ok {
			t.Errorf("%s: %v", text, err)
		}
		if err == nil {
			if a := readApplication(got.(*appObject)); a.ID != "1" || len(a.Redirects) > 0 {
				t.Errorf("%s: read as %+v", text, a)
			}
		}
	}
}

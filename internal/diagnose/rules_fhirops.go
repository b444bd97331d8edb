package diagnose

// exporting holds for $export, by path.
func exporting(f *facts) ([]string, bool) {
	return either(path(`\$export`), path(`/_operations/export`))(f)
}

// fhirOperationRules are about $export, $import, $convert-data and $reindex.
func fhirOperationRules() []Rule {
	fhir := service("fhir")
	importing := either(path(`\$import`), path(`/_operations/import`))
	converting := path(`\$convert-data`)
	storageSays := serviceSays("AuthorizationFailure", "AuthorizationPermissionMismatch", "This request is not authorized to perform this operation", "PublicAccessNotPermitted", "KeyBasedAuthenticationNotPermitted")
	return []Rule{
		{ID: "fhir.storage_access.outcome", Cause: "fhir.storage_access", Confidence: 0.95, when: all(fhir, status(403, 401), outcome("processing"), either(exporting, importing, storageSays))},
		{ID: "fhir.storage_access.text", Cause: "fhir.storage_access", Confidence: 0.93, when: all(fhir, storageSays)},
		{ID: "fhir.storage_access.path", Cause: "fhir.storage_access", Confidence: 0.78, Confirm: "the diagnostics, and the identity's blob role", when: all(fhir, status(403), path(`/_operations/(export|import)/`))},
		{ID: "fhir.storage_access.code", Cause: "fhir.storage_access", Confidence: 0.8, Confirm: "whether the request was for $export or $import", when: all(fhir, status(403), outcome("processing"))},
		{ID: "fhir.prefer.text", Cause: "fhir.prefer", Confidence: 0.96, when: all(fhir, serviceSays("Missing required header; Prefer", `"Prefer" header`))},
		{ID: "fhir.prefer.header", Cause: "fhir.prefer", Confidence: 0.92, when: all(fhir, status(400), either(exporting, importing), noHeader("Prefer"))},
		{ID: "fhir.export_accept.header", Cause: "fhir.export_accept", Confidence: 0.91, when: all(fhir, status(400, 406), exporting, either(noHeader("Accept"), headerFits("Accept", `^(\*/\*|application/json)$`), serviceSays(`"Accept" header`)), not(serviceSays("Prefer")))},
		{ID: "fhir.export_storage.text", Cause: "fhir.export_storage", Confidence: 0.9, when: all(fhir, exporting, either(serviceSays("storage account", "connection string", "export destination", "no storage"), missing("service_config", "storageAccountName", "exportConfiguration")), not(storageSays))},
		{ID: "fhir.import_off.text", Cause: "fhir.import_off", Confidence: 0.96, when: all(fhir, either(serviceSays(`"import" operation is not enabled`), all(importing, switchedOff("service_config", "enabled"))))},
		{ID: "fhir.import_mode.text", Cause: "fhir.import_mode", Confidence: 0.91, when: all(fhir, either(serviceSays("initial import mode", "InitialLoad", "service is locked", "import mode"), status(423)))},
		{ID: "fhir.import_input.status", Cause: "fhir.import_input", Confidence: 0.6, Confirm: "the diagnostics of the answer", when: all(fhir, importing, status(400), not(noHeader("Prefer")), not(serviceSays("not enabled", "Prefer")))},
		{ID: "fhir.job_unknown.text", Cause: "fhir.job_unknown", Confidence: 0.93, when: all(fhir, either(serviceSays("requested job", "requested import job"), all(told(404), path(`/_operations/`))))},
		{ID: "fhir.convert_template.text", Cause: "fhir.convert_template", Confidence: 0.88, when: all(fhir, converting, serviceSays("template", "registry", "acr"))},
		{ID: "fhir.convert_input.status", Cause: "fhir.convert_input", Confidence: 0.6, Confirm: "the diagnostics of the answer", when: all(fhir, converting, status(400), not(serviceSays("registry", "acr")))},
		{ID: "fhir.reindex_running.status", Cause: "fhir.reindex_running", Confidence: 0.91, when: all(fhir, path(`\$reindex`), status(400, 409), method("POST"))},
		{ID: "fhir.operation_off.text", Cause: "fhir.operation_off", Confidence: 0.88, when: all(fhir, serviceSays("operation is not enabled", "operation is not supported"), not(serviceSays(`"import" operation`)), not(status(405)))},
	}
}

"""Drives dicomweb-client against a real DICOMweb server behind the sandbox's
gate: `hdstest sandbox --dicom-upstream URL`."""
from pydicom.uid import generate_uid

from driver import sandbox, step
from images import ANY, connect, image, token

client = connect(token(sandbox["client_id"], sandbox["client_secret"]))
study, series = generate_uid(), generate_uid()
sent = image(study, series, 1)
where = (study, series, sent.SOPInstanceUID)

step("search without a token")(lambda: connect().search_for_studies())
step("store without a token")(lambda: connect().store_instances([sent]))
step("search without a role")(lambda: connect(token(sandbox["admin_client_id"], sandbox["admin_client_secret"])).search_for_studies())
step("search, empty")(lambda: client.search_for_studies())
step("store")(lambda: bool(client.store_instances([sent])) or True)
step("search")(lambda: client.search_for_studies(search_filters={"PatientID": "e2e-1"}))
step("metadata")(lambda: client.retrieve_instance_metadata(*where))
step("instance")(lambda: client.retrieve_instance(*where, media_types=ANY).PixelData == sent.PixelData)

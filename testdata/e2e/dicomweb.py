"""Drives dicomweb-client (Python). It needs no setting but the base URL with
its version, a bearer token and REQUESTS_CA_BUNDLE."""
from pydicom.uid import ImplicitVRLittleEndian, generate_uid

from driver import sandbox, step
from images import ANY, connect, image, token

client = connect(token(sandbox["client_id"], sandbox["client_secret"]))
study, series = generate_uid(), generate_uid()
first, second = image(study, series, 1), image(study, series, 2)
where = (study, series, first.SOPInstanceUID)


def same(got, sent=first):
    """Whether what came back is what was sent."""
    return {"equal": got == sent, "pixels": got.PixelData == sent.PixelData, "syntax": str(got.file_meta.TransferSyntaxUID)}


def references(answer, name):
    return [dict(uid=str(i.ReferencedSOPInstanceUID), url=i.get("RetrieveURL"), reason=i.get("FailureReason"))
            for i in answer.get(name, [])]


# Before anything is there, and without a right.
step("search an empty service")(lambda: client.search_for_studies())
step("search without a token")(lambda: connect().search_for_studies())
step("search without a role")(lambda: connect(token(sandbox["admin_client_id"], sandbox["admin_client_secret"])).search_for_studies())
step("without a version")(lambda: connect(token(sandbox["client_id"], sandbox["client_secret"]), sandbox["dicom_url"]).search_for_studies())

# STOW-RS.
def store(*datasets, **more):
    answer = client.store_instances(list(datasets), **more)
    return {"stored": references(answer, "ReferencedSOPSequence"), "failed": references(answer, "FailedSOPSequence"),
            "study": answer.get("RetrieveURL")}


step("store two")(lambda: store(first, second, study_instance_uid=study))
step("store again")(lambda: store(first))
step("store in another study")(lambda: store(image(generate_uid(), series, 1), study_instance_uid=study))
step("store implicit VR")(lambda: store(image(generate_uid(), generate_uid(), 1, ImplicitVRLittleEndian)))

# QIDO-RS.
step("search studies")(lambda: client.search_for_studies(search_filters={"PatientID": "e2e-1"}))
step("search studies by date")(lambda: client.search_for_studies(search_filters={"StudyDate": "20260101-20260131"}, fields=["StudyDescription"]))
step("search studies, fuzzy")(lambda: client.search_for_studies(fuzzymatching=True, search_filters={"PatientName": "Client"}))
step("search studies, nothing")(lambda: client.search_for_studies(search_filters={"PatientID": "nobody"}))
step("search series")(lambda: client.search_for_series(study, search_filters={"Modality": "OT"}))
step("search instances")(lambda: client.search_for_instances(study, series))
step("search instances, page")(lambda: client.search_for_instances(limit=1, offset=1))
step("search instances, all pages")(lambda: len(client.search_for_instances(limit=1, get_remaining=True)))
step("search by an unknown key")(lambda: client.search_for_studies(additional_params={"$filter": "x"}))
step("search with too high a limit")(lambda: client.search_for_studies(limit=201))

# WADO-RS.
step("metadata of the study")(lambda: client.retrieve_study_metadata(study))
step("metadata of the instance")(lambda: client.retrieve_instance_metadata(*where))
step("instance, default")(lambda: same(client.retrieve_instance(*where)))
step("instance, any syntax")(lambda: same(client.retrieve_instance(*where, media_types=ANY)))
step("study, default")(lambda: len(client.retrieve_study(study)))
step("study, any syntax")(lambda: sorted(str(d.SOPInstanceUID) for d in client.retrieve_study(study, media_types=ANY)) ==
                          sorted(str(d.SOPInstanceUID) for d in (first, second)))
step("series, any syntax")(lambda: len(client.retrieve_series(study, series, media_types=ANY)))
octets = (("application/octet-stream", "*"),)
step("frames")(lambda: [f == first.PixelData[i * 256:(i + 1) * 256] for i, f in enumerate(
    client.retrieve_instance_frames(*where, frame_numbers=[1, 2], media_types=octets))])
step("frame that is not there")(lambda: client.retrieve_instance_frames(*where, frame_numbers=[3], media_types=octets))
step("rendered")(lambda: client.retrieve_instance_rendered(*where, media_types=("image/jpeg",))[:3].hex())
step("rendered as PNG")(lambda: client.retrieve_instance_frames_rendered(*where, frame_numbers=[2], media_types=("image/png",))[:4].hex())
step("instance that is not there")(lambda: client.retrieve_instance(study, series, "1.2.3", media_types=ANY))
step("a UID that is none")(lambda: connect(client._session.headers["Authorization"].split()[1]).retrieve_instance_metadata(study, series, "1.2.3."))

# DELETE.
step("delete the instance")(lambda: client.delete_instance(*where))
step("delete it again")(lambda: client.delete_instance(*where))
step("delete the study")(lambda: client.delete_study(study))
step("search after")(lambda: client.search_for_studies())

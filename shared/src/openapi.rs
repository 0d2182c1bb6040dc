//! Schemas for the server's OpenAPI document: of types that travel as text, and of the packed record. Plain
//! structures derive theirs where they are defined.

use std::borrow::Cow;

use utoipa::openapi::schema::{ArrayBuilder, ArrayItems, ObjectBuilder, Schema, SchemaType, Type};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};

use crate::area::{AreaCode, CommuneCode, DistrictCode, HamletCode, UnitCode};
use crate::duplicate::PairId;
use crate::record::{Doc, FieldPath, HouseholdId, Round, Stamp, Subject};
use crate::wire::Cursor;

macro_rules! texts {
    ($($type:ty: $pattern:literal, $example:literal, $description:literal;)*) => {$(
        impl PartialSchema for $type {
            fn schema() -> RefOr<Schema> {
                let text = ObjectBuilder::new().schema_type(Type::String);
                text.pattern(Some($pattern)).examples([$example]).description(Some($description)).into()
            }
        }
        impl ToSchema for $type {}
    )*};
}
texts! {
    AreaCode: r"^(83|[0-9]{3}|[0-9]{5}(-[0-9]{2})?)$", "29173-04",
        "An area: the province `83`, a district's three digits, a commune's five, or a hamlet's two behind its commune's.";
    DistrictCode: r"^[0-9]{3}$", "836", "A district or city (huyện, thành phố).";
    CommuneCode: r"^[0-9]{5}$", "29173", "A commune, ward or townlet (xã, phường, thị trấn).";
    UnitCode: r"^(83|[0-9]{3}|[0-9]{5})$", "29173",
        "A unit that keeps records: the province `83`, a district's three digits, or a commune's five.";
    HamletCode: r"^[0-9]{5}-[0-9]{2}$", "29173-04", "A hamlet or quarter (ấp, khóm, khu phố).";
    HouseholdId: r"^[0-9]{5}-[0-9a-f]{32}$", "29173-018f3c2a9d5e7b1c8a4f0d2e6b9c1a3f",
        "A household: the commune that keeps its record, and 128 random bits.";
    Subject: r"^(83|[0-9]{3}|[0-9]{5}(-[0-9]{2}|-[0-9a-f]{32})?)$", "29173-018f3c2a9d5e7b1c8a4f0d2e6b9c1a3f",
        "What a record is about: a household, by its id; or an area, by its code.";
    PairId: r"^[0-9]{5}-[0-9a-f]{32}\.[0-9a-f]{32}$",
        "29173-018f3c2a9d5e7b1c8a4f0d2e6b9c1a3f.028f3c2a9d5e7b1c8a4f0d2e6b9c1a3f",
        "Two households of a commune: one's id, and the random bits of the other.";
    Round: r"^20(0[6-9]|[12][0-9]|30)$", "2010",
        "A round (đợt rà soát), named by its year, 2006 to 2030; 2010 is the general census.";
    FieldPath: r"^(?=.{1,120}$)[a-z0-9_]+(/[a-z0-9_]+)*$", "income/k3f9/amount",
        "A field of a record: lower-case words and digits joined by `/`, at most 120 bytes.";
    Stamp: r"^[0-9a-f]{12}-[0-9a-f]{4}-[0-9a-f]{16}$", "012c3c2a9d5e-0000-00000000000000ab",
        "When, by its device's own clock, and by which run of an app: milliseconds since 1970 (UTC), a counter and the run, in hexadecimal digits. Stamps sort as texts.";
    Cursor: r"^1(\.[0-9a-f]{1,8})?(_[0-9]{2,5}\.[0-9a-f]{1,16})*$", "1_28756.1_29173.12c",
        "Where a device stands. Opaque: made by the server, given back as it is.";
}

impl PartialSchema for Doc {
    fn schema() -> RefOr<Schema> {
        let of = |name: Cow<'static, str>| Ref::from_schema_name(name);
        let tuple = |parts: Vec<Schema>| {
            let count = Some(parts.len());
            let tuple = ArrayBuilder::new().items(ArrayItems::False).prefix_items(parts);
            tuple.min_items(count).max_items(count).build()
        };
        let place = || ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0));
        let list = |items: RefOr<Schema>| ArrayBuilder::new().items(items);
        let any = Schema::Object(ObjectBuilder::new().schema_type(SchemaType::AnyValue).build());
        let write = tuple(vec![place().into(), any, list(place().into()).into()]);
        let name = ObjectBuilder::new().schema_type(Type::String).into();
        let field = tuple(vec![name, list(Schema::Array(write).into()).into()]);
        ObjectBuilder::new()
            .property("stamps", list(of(Stamp::name()).into()).description(Some("The stamps that are named here, sorted.")))
            .property(
                "fields",
                list(Schema::Array(field).into()).description(Some(
                    "Each field that is set: its name, and of each writer the latest write: the place of its \
                     stamp, the value, and again that place if another author has seen it. With a field's \
                     first write also the places of stamps that were seen and have not come yet.",
                )),
            )
            .property(
                "times",
                list(tuple(vec![place().into(), place().into()]).into()).description(Some(
                    "Where a clock was off: the place of a stamp, and when its edit is believed to have been made, \
                     in milliseconds since 1970 (UTC). Left out where there is none.",
                )),
            )
            .required("stamps")
            .required("fields")
            .description(Some("All that is known of a household in a round."))
            .into()
    }
}

impl ToSchema for Doc {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((Stamp::name().into_owned(), Stamp::schema()));
    }
}

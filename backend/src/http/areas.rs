//! `GET /api/v1/areas`: the tree of areas, cacheable.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Serialize;
use soho_shared::area::{self, AreaCode, CommuneCode, DistrictCode, Residence};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::App;
use super::tag::Fixed;

/// The province with what lies in it.
#[derive(Serialize, ToSchema)]
struct Areas {
    province: Province,
    /// In the order of the plan's table.
    districts: Vec<District>,
    /// By rising code.
    communes: Vec<Commune>,
}

/// The province (tỉnh).
#[derive(Serialize, ToSchema)]
struct Province {
    code: AreaCode,
    name: &'static str,
}

/// A district or city (huyện, thành phố).
#[derive(Serialize, ToSchema)]
struct District {
    code: DistrictCode,
    name: &'static str,
    /// Where it stands in the plan's table, from 1.
    order: u8,
}

/// A commune, ward or townlet (xã, phường, thị trấn).
#[derive(Serialize, ToSchema)]
struct Commune {
    code: CommuneCode,
    district: DistrictCode,
    name: &'static str,
    residence: Residence,
}

/// The areas as they are sent.
pub(super) fn areas() -> Fixed {
    let district = |&area::District { code, name, order }: &area::District| District { code, name, order };
    let districts = area::districts().iter().map(district);
    let communes = area::communes().iter().map(|c| Commune {
        code: c.code,
        district: c.district,
        name: c.name,
        residence: c.residence(),
    });
    let area::Province { code, name } = area::PROVINCE;
    let areas = Areas {
        province: Province { code: AreaCode::Province(code), name },
        districts: districts.collect(),
        communes: communes.collect(),
    };
    Fixed::new(serde_json::to_string(&areas).expect("texts and numbers"))
}

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list))
}

/// The tree of areas. It stays the same while the server runs.
#[utoipa::path(get, path = "/areas", responses((status = 200, body = Areas), (status = 304)))]
async fn list(State(app): State<App>, headers: HeaderMap) -> Response {
    app.areas.answer(&headers)
}

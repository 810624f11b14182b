//! The regions and their days.

use super::{CHANGE_OF_2025, Level, Region, RegionCode};

const fn stands(
    number: u32,
    level: Level,
    name_zh: &'static str,
    short_zh: &'static str,
    name_en: &'static str,
) -> Region {
    Region { code: RegionCode(number), name_zh, short_zh, name_en, level, from: None, until: None, successors: &[] }
}

const fn legacy(
    number: u32,
    level: Level,
    name_zh: &'static str,
    short_zh: &'static str,
    name_en: &'static str,
    successors: &'static [RegionCode],
) -> Region {
    Region { successors, ..stands(number, level, name_zh, short_zh, name_en) }
}

/// Every region that exists on some day since [`super::TABLE_FROM`], by code: 38 until the change of 2025, 37 since.
///
/// # Source
/// GB/T 2260; for the change of 2025-11-06 the code notice of the city's civil-affairs bureau of 2025-12-05
/// (at second hand: to be re-checked).
pub static REGIONS: [Region; 39] = [
    stands(500_101, Level::District, "万州区", "万州", "Wanzhou"),
    stands(500_102, Level::District, "涪陵区", "涪陵", "Fuling"),
    stands(500_103, Level::District, "渝中区", "渝中", "Yuzhong"),
    stands(500_104, Level::District, "大渡口区", "大渡口", "Dadukou"),
    Region {
        until: Some(CHANGE_OF_2025),
        successors: &[RegionCode(500_157)],
        ..stands(500_105, Level::District, "江北区", "江北", "Jiangbei")
    },
    stands(500_106, Level::District, "沙坪坝区", "沙坪坝", "Shapingba"),
    stands(500_107, Level::District, "九龙坡区", "九龙坡", "Jiulongpo"),
    stands(500_108, Level::District, "南岸区", "南岸", "Nan'an"),
    stands(500_109, Level::District, "北碚区", "北碚", "Beibei"),
    stands(500_110, Level::District, "綦江区", "綦江", "Qijiang"),
    stands(500_111, Level::District, "大足区", "大足", "Dazu"),
    // Five towns went to 北碚.
    Region {
        until: Some(CHANGE_OF_2025),
        successors: &[RegionCode(500_157), RegionCode(500_109)],
        ..stands(500_112, Level::District, "渝北区", "渝北", "Yubei")
    },
    stands(500_113, Level::District, "巴南区", "巴南", "Banan"),
    stands(500_114, Level::District, "黔江区", "黔江", "Qianjiang"),
    stands(500_115, Level::District, "长寿区", "长寿", "Changshou"),
    stands(500_116, Level::District, "江津区", "江津", "Jiangjin"),
    stands(500_117, Level::District, "合川区", "合川", "Hechuan"),
    stands(500_118, Level::District, "永川区", "永川", "Yongchuan"),
    stands(500_119, Level::District, "南川区", "南川", "Nanchuan"),
    stands(500_120, Level::District, "璧山区", "璧山", "Bishan"),
    stands(500_151, Level::District, "铜梁区", "铜梁", "Tongliang"),
    stands(500_152, Level::District, "潼南区", "潼南", "Tongnan"),
    stands(500_153, Level::District, "荣昌区", "荣昌", "Rongchang"),
    stands(500_154, Level::District, "开州区", "开州", "Kaizhou"),
    stands(500_155, Level::District, "梁平区", "梁平", "Liangping"),
    stands(500_156, Level::District, "武隆区", "武隆", "Wulong"),
    Region {
        from: Some(CHANGE_OF_2025), ..stands(500_157, Level::District, "两江新区", "两江新区", "Liangjiang")
    },
    stands(500_229, Level::County, "城口县", "城口", "Chengkou"),
    stands(500_230, Level::County, "丰都县", "丰都", "Fengdu"),
    stands(500_231, Level::County, "垫江县", "垫江", "Dianjiang"),
    stands(500_233, Level::County, "忠县", "忠县", "Zhongxian"),
    stands(500_235, Level::County, "云阳县", "云阳", "Yunyang"),
    stands(500_236, Level::County, "奉节县", "奉节", "Fengjie"),
    stands(500_237, Level::County, "巫山县", "巫山", "Wushan"),
    stands(500_238, Level::County, "巫溪县", "巫溪", "Wuxi"),
    stands(500_240, Level::AutonomousCounty, "石柱土家族自治县", "石柱", "Shizhu"),
    stands(500_241, Level::AutonomousCounty, "秀山土家族苗族自治县", "秀山", "Xiushan"),
    stands(500_242, Level::AutonomousCounty, "酉阳土家族苗族自治县", "酉阳", "Youyang"),
    stands(500_243, Level::AutonomousCounty, "彭水苗族土家族自治县", "彭水", "Pengshui"),
];

/// Codes of before [`super::TABLE_FROM`] that old identifiers and stale lists still carry, with what took their ground.
///
/// The days of their ends are not stated here. 500110 and 500111 were once 万盛区 and 双桥区; since long before the table
/// they are 綦江区 and 大足区, which took these in, so both codes are read as the latter.
///
/// # Source
/// Earlier editions of GB/T 2260; general knowledge save for 500222, 500228 and 500232: to be re-checked.
pub static LEGACY: [Region; 15] = [
    legacy(500_221, Level::County, "长寿县", "长寿", "Changshou", &[RegionCode(500_115)]),
    legacy(500_222, Level::County, "綦江县", "綦江", "Qijiang", &[RegionCode(500_110)]),
    legacy(500_223, Level::County, "潼南县", "潼南", "Tongnan", &[RegionCode(500_152)]),
    legacy(500_224, Level::County, "铜梁县", "铜梁", "Tongliang", &[RegionCode(500_151)]),
    legacy(500_225, Level::County, "大足县", "大足", "Dazu", &[RegionCode(500_111)]),
    legacy(500_226, Level::County, "荣昌县", "荣昌", "Rongchang", &[RegionCode(500_153)]),
    legacy(500_227, Level::County, "璧山县", "璧山", "Bishan", &[RegionCode(500_120)]),
    legacy(500_228, Level::County, "梁平县", "梁平", "Liangping", &[RegionCode(500_155)]),
    legacy(500_232, Level::County, "武隆县", "武隆", "Wulong", &[RegionCode(500_156)]),
    legacy(500_234, Level::County, "开县", "开县", "Kaixian", &[RegionCode(500_154)]),
    legacy(500_239, Level::AutonomousCounty, "黔江土家族苗族自治县", "黔江", "Qianjiang", &[RegionCode(500_114)]),
    legacy(500_381, Level::County, "江津市", "江津", "Jiangjin", &[RegionCode(500_116)]),
    legacy(500_382, Level::County, "合川市", "合川", "Hechuan", &[RegionCode(500_117)]),
    legacy(500_383, Level::County, "永川市", "永川", "Yongchuan", &[RegionCode(500_118)]),
    legacy(500_384, Level::County, "南川市", "南川", "Nanchuan", &[RegionCode(500_119)]),
];
